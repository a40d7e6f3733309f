import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { systemCode } from '../errors.ts';
import { localDisk, writeTextWhole } from '../files.ts';
import { openFile } from '../places.ts';
import { jsonText } from '../progress/json.ts';
import type { Project } from '../project.ts';
import { bounded } from './bounds.ts';
import type { LogTail, ReportModel } from './model.ts';

/**
 * Writes `submission/report.json`, with the end of the run's log, and the page made from it, each
 * whole or not at all.
 * @returns path of the page
 */
export async function writeReport(model: ReportModel, project: Project): Promise<string> {
  const { report, reportPage, log: logPath } = project;
  const log = await readLogTail(logPath);
  const whole = bounded(log === undefined ? model : { ...model, log });
  const page = await pageOf(whole);
  await mkdir(dirname(report), { recursive: true });
  await localDisk(`write ${report}`, () => writeTextWhole(report, `${jsonText(whole, 1)}\n`));
  await localDisk(`write ${reportPage}`, () => writeTextWhole(reportPage, page));
  return reportPage;
}

/** Makes the page and writes it to `path`. */
export async function writePage(model: ReportModel, path: string): Promise<void> {
  await writeTextWhole(path, await pageOf(model));
}

/** The plots' libraries are loaded only here. */
async function pageOf(model: ReportModel): Promise<string> {
  const { reportPage } = await import('./page.ts');
  return reportPage(model);
}

/** Bytes of a log that a report keeps: a few hundred lines. */
const tailBytes = 32 * 1024;

/** The end of the log at `path`, from the start of a line; undefined where there is no log. */
export async function readLogTail(path: string, bytes = tailBytes): Promise<LogTail | undefined> {
  const file = await openFile(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(size - start),
      position: start,
    });
    const text = buffer.toString('utf8', 0, bytesRead);
    const complete = start === 0;
    return { file: basename(path), text: complete ? text : fromNextLine(text), complete };
  } finally {
    await file.close();
  }
}

/** Without what is left of a line whose beginning is missing, unless that is all there is. */
function fromNextLine(text: string): string {
  const end = text.indexOf('\n');
  return end === -1 || end === text.length - 1 ? text : text.slice(end + 1);
}
