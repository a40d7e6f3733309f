import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder, subsetCommand } from '../dataset/layout.ts';
import { readMetadata } from '../dataset/metadata.ts';
import { writeRandomDescriptors } from '../descriptors/random.ts';
import { EnvironmentError } from '../errors.ts';
import { isFile, isFolder } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import type { Project } from '../project.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';

/** The folders that ship with `vsc` and that a project may have its own version of. */
export type Template = 'submission_quickstart' | 'submission_src' | 'submission_benchmark';

/**
 * The project's folder of that name; where it has none, one is made from the template that ships with
 * `vsc`. @throws EnvironmentError when there is neither
 */
async function ensureTemplate(
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

/** What the quickstart is made for. */
export interface QuickstartRequest {
  readonly project: Project;
  readonly packageRoot: string;
  readonly dataset: string;
}

/** Few, so that packing and searching take a moment; the same for everyone. */
const dimensions = 16;
const seeds = { query: 1, reference: 2 } as const;

/**
 * Writes random descriptors for every query and reference of the dataset's metadata into the
 * project's `submission_quickstart/` and returns that folder.
 * @throws EnvironmentError when the metadata are missing or malformed
 */
export async function prepareQuickstart(
  request: QuickstartRequest,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<string> {
  const { project, dataset } = request;
  const data = dataFolder(join(project.data, dataset));
  const sets = [
    { kind: 'query', metadata: data.queryMetadata, file: descriptorTrack.querySet },
    { kind: 'reference', metadata: data.referenceMetadata, file: descriptorTrack.referenceSet },
  ] as const;
  for (const { metadata } of sets) {
    if (await isFile(metadata)) continue;
    throw new EnvironmentError(`There is no ${metadata}.`, [`Run "${subsetCommand(dataset)}".`]);
  }
  const folder = await ensureTemplate(
    'submission_quickstart',
    project.root,
    request.packageRoot,
    reporter,
  );
  for (const { kind, metadata, file } of sets) {
    reporter.report({ type: 'step', message: `Writing random descriptors: ${join(folder, file)}` });
    const { durations } = await readMetadata(metadata, kind);
    await writeRandomDescriptors(join(folder, file), durations, {
      seed: seeds[kind],
      dimensions,
      signal,
    });
  }
  return folder;
}

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
    if (!(await isFile(join(folder, name)))) missing.push(name);
  }
  if (missing.length === 0) return folder;
  throw new EnvironmentError(`${folder} lacks ${missing.join(' and ')}.`, [
    'The descriptors are those of all queries and references of the competition data, as the code there computes them for the subset.',
    `Put ${missing.length === 1 ? 'it' : 'them'} there and run "vsc pack-benchmark" again.`,
    'To try things out with random ones: vsc pack-quickstart',
  ]);
}
