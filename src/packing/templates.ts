import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { dataFolder, subsetCommand } from '../dataset/layout.ts';
import { readMetadata } from '../dataset/metadata.ts';
import { writeRandomDescriptors } from '../descriptors/random.ts';
import { EnvironmentError } from '../errors.ts';
import { isFolder, localDisk } from '../files.ts';
import { lookForFile, lookForFolder } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import type { Project } from '../project.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';

/** The project, and where the templates are that ship with `vsc`. */
interface TemplateRequest {
  readonly project: Project;
  readonly packageRoot: string;
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
  request: TemplateRequest & { readonly dataset: string },
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
    if (await lookForFile(metadata)) continue;
    throw new EnvironmentError(`There is no ${metadata}.`, [`Run "${subsetCommand(dataset)}".`]);
  }
  const folder = await ensureTemplate('submission_quickstart', request, reporter);
  for (const { kind, metadata, file } of sets) {
    const path = join(folder, file);
    reporter.report({ type: 'step', message: `Writing random descriptors: ${path}` });
    const { durations } = await readMetadata(metadata, kind);
    await writeRandomDescriptors(path, durations, { seed: seeds[kind], dimensions, signal });
  }
  return folder;
}

/**
 * The project's `submission_benchmark/`, made from the template where there is none.
 * @throws EnvironmentError when its code or its descriptors are missing
 */
export async function prepareBenchmark(
  request: TemplateRequest,
  reporter: Reporter,
): Promise<string> {
  const folder = await ensureTemplate('submission_benchmark', request, reporter);
  const { entryPoint, querySet, referenceSet } = descriptorTrack;
  const missing: string[] = [];
  for (const name of [entryPoint, querySet, referenceSet]) {
    if (!(await lookForFile(join(folder, name)))) missing.push(name);
  }
  if (missing.length === 0) return folder;
  throw new EnvironmentError(`${folder} lacks ${missing.join(' and ')}.`, [
    'The descriptors are those of all queries and references of the competition data, as the code there computes them for the subset.',
    `Put ${missing.length === 1 ? 'it' : 'them'} there and run "vsc pack-benchmark" again.`,
    'To try things out with random ones: vsc pack-quickstart',
  ]);
}

/**
 * The project's folder of that name; where it has none, one is made from the template that ships with
 * `vsc`. @throws EnvironmentError when there is neither
 */
async function ensureTemplate(
  name: 'submission_quickstart' | 'submission_benchmark',
  { project, packageRoot }: TemplateRequest,
  reporter: Reporter,
): Promise<string> {
  const folder = join(project.root, name);
  if (await lookForFolder(folder)) return folder;
  const shipped = join(packageRoot, name);
  if (!(await isFolder(shipped))) throw new EnvironmentError(`There is no folder ${folder}.`);
  const { querySet, referenceSet } = descriptorTrack;
  const filter = (source: string) => ![querySet, referenceSet].includes(basename(source));
  await localDisk(`make ${folder}`, () => cp(shipped, folder, { recursive: true, filter }));
  reporter.report({ type: 'note', message: `Made ${folder} from the template.` });
  return folder;
}
