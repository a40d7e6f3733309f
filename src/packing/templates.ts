import { cp, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../errors.ts';
import type { Reporter } from '../progress/events.ts';

/** The folders that ship with `vsc` and that a project may have its own version of. */
export type Template = 'submission_quickstart' | 'submission_src' | 'submission_benchmark';

/**
 * The project's folder of that name; where it has none, one is made from the template that ships with
 * `vsc`. @throws EnvironmentError when there is neither
 */
export async function ensureTemplate(
  template: Template,
  projectRoot: string,
  packageRoot: string,
  reporter: Reporter,
): Promise<string> {
  const folder = join(projectRoot, template);
  if (await isFolder(folder)) return folder;
  const shipped = join(packageRoot, template);
  if (!(await isFolder(shipped))) throw new EnvironmentError(`There is no folder ${folder}.`);
  await cp(shipped, folder, { recursive: true, filter: (source) => !source.endsWith('.npz') });
  reporter.report({ type: 'note', message: `Made ${folder} from the template.` });
  return folder;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
