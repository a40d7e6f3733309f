import { join } from 'node:path';
import { isThere } from '../dataset/layout.ts';
import { EnvironmentError } from '../errors.ts';
import type { Reporter } from '../progress/events.ts';
import type { Project } from '../project.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import { ensureTemplate } from './templates.ts';

/**
 * The project's `submission_benchmark/`, made from the template where there is none.
 * @throws EnvironmentError when its code or its descriptors are missing
 */
export async function prepareBenchmark(
  request: { readonly project: Project; readonly packageRoot: string },
  reporter: Reporter,
): Promise<string> {
  const { project, packageRoot } = request;
  const folder = await ensureTemplate('submission_benchmark', project.root, packageRoot, reporter);
  const { entryPoint, querySet, referenceSet } = descriptorTrack;
  const missing: string[] = [];
  for (const name of [entryPoint, querySet, referenceSet]) {
    if (!(await isThere(join(folder, name), 'file'))) missing.push(name);
  }
  if (missing.length === 0) return folder;
  throw new EnvironmentError(`${folder} lacks ${missing.join(' and ')}.`, [
    'The descriptors are those of all queries and references of the competition data, as the code there computes them for the subset.',
    `Put ${missing.length === 1 ? 'it' : 'them'} there and run "vsc pack-benchmark" again.`,
    'To try things out with random ones: vsc pack-quickstart',
  ]);
}
