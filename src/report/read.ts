import { EnvironmentError, systemCode } from '../errors.ts';
import { openFile } from '../places.ts';
import type { Project } from '../project.ts';
import { truncate } from './html.ts';
import { parseReport, type ReportModel } from './model.ts';

const next = ['vsc test-submission    runs the submission and leaves a report'];

/**
 * Reads what the last run left, or anybody else.
 * @throws EnvironmentError that names the command to run when there is none, or it can't be read
 */
export async function readReport({ report }: Project): Promise<ReportModel> {
  const parsed = parseReport(await readJson(report));
  if (!('wrong' in parsed)) return parsed;
  const wrong = truncate(parsed.wrong);
  throw new EnvironmentError(`${report} is not a report of this version of vsc (${wrong}).`, next);
}

async function readJson(path: string): Promise<unknown> {
  try {
    await using file = await openFile(path);
    return JSON.parse(await file.readFile('utf8'));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') {
      throw new EnvironmentError(`There is no report yet: ${path} is missing.`, next);
    }
    if (error instanceof SyntaxError) {
      const wrong = truncate(error.message);
      throw new EnvironmentError(`${path} is no JSON: ${wrong}`, next);
    }
    if (code === undefined) throw error;
    throw new EnvironmentError(`${path} can not be read (${code}).`, next, { cause: error });
  }
}
