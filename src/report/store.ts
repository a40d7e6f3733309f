import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EnvironmentError, systemCode } from '../errors.ts';
import { writeTextWhole } from '../files.ts';
import type { Project } from '../project.ts';
import type { ReportModel } from './model.ts';

/** Both files of a report. */
export interface ReportFiles {
  readonly model: string;
  readonly page: string;
}

/** Writes `submission/report.json` and the page made from it, each whole or not at all. */
export async function writeReport(model: ReportModel, project: Project): Promise<ReportFiles> {
  const { report, reportPage: page } = project;
  await mkdir(dirname(report), { recursive: true });
  await writeTextWhole(report, `${JSON.stringify(model, null, 1)}\n`);
  await writePage(model, page);
  return { model: report, page };
}

/** Makes the page and writes it to `path`. */
export async function writePage(model: ReportModel, path: string): Promise<void> {
  const { reportPage } = await import('./page.ts');
  await writeTextWhole(path, reportPage(model));
}

/**
 * Reads what the last run left.
 * @throws EnvironmentError that names the command to run when there is none, or it can't be read
 */
export async function readReport(project: Project): Promise<ReportModel> {
  const again = ['vsc test-submission    runs the submission and leaves a report'];
  let json: unknown;
  try {
    json = JSON.parse(await readFile(project.report, 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      throw new EnvironmentError(`There is no report yet: ${project.report} is missing.`, again);
    }
    if (error instanceof SyntaxError) {
      throw new EnvironmentError(`${project.report} is no JSON: ${error.message}`, again);
    }
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new EnvironmentError(`${project.report} can not be read (${code}).`, again, {
      cause: error,
    });
  }
  const { parseReport } = await import('./schema.ts');
  const parsed = parseReport(json);
  if ('wrong' in parsed) {
    const what = `${project.report} is not a report of this version of vsc (${parsed.wrong}).`;
    throw new EnvironmentError(what, again);
  }
  return parsed;
}

/** Written beside, then renamed: a reader sees the old file or the new one. */
