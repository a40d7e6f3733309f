import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { dataFolder, subsetCommand } from '../dataset/layout.ts';
import { readMetadata } from '../dataset/metadata.ts';
import { writeRandomDescriptors } from '../descriptors/random.ts';
import { EnvironmentError } from '../errors.ts';
import { isFile, localDisk } from '../files.ts';
import { lookForFile, lookForFolder } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import { firstRemedies, type Project } from '../project.ts';
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
    throw new EnvironmentError(`There is no ${metadata}.`, [
      `Run "${subsetCommand(dataset)}".`,
      ...(await firstRemedies(project)),
    ]);
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
 * The project's `submission_benchmark/`, made from the template where it has no code, and whether its
 * descriptors are there.
 * @throws EnvironmentError when there is no template either
 */
export async function prepareBenchmark(
  request: TemplateRequest,
  reporter: Reporter,
): Promise<{ readonly folder: string; readonly isDescribed: boolean }> {
  const folder = await ensureTemplate('submission_benchmark', request, reporter);
  const { querySet, referenceSet } = descriptorTrack;
  const isThere = (name: string) => lookForFile(join(folder, name));
  return { folder, isDescribed: (await isThere(querySet)) && (await isThere(referenceSet)) };
}

/**
 * The project's folder of that name, with its entry point. Where that is missing, all that the template
 * has and the folder hasn't comes from the template that ships with `vsc`.
 * @throws EnvironmentError when there is neither folder nor template
 */
async function ensureTemplate(
  name: 'submission_quickstart' | 'submission_benchmark',
  { project, packageRoot }: TemplateRequest,
  reporter: Reporter,
): Promise<string> {
  const folder = join(project.root, name);
  const { entryPoint, querySet, referenceSet } = descriptorTrack;
  const isThere = await lookForFolder(folder);
  if (isThere && (await lookForFile(join(folder, entryPoint)))) return folder;
  const shipped = join(packageRoot, name);
  if (!(await isFile(join(shipped, entryPoint)))) {
    if (isThere) return folder;
    throw new EnvironmentError(`There is no folder ${folder}.`);
  }
  const filter = (source: string) => ![querySet, referenceSet].includes(basename(source));
  const options = { recursive: true, force: false, filter };
  await localDisk(`make ${folder}`, () => cp(shipped, folder, options));
  const message = isThere
    ? `Put ${entryPoint} into ${folder}, from the template.`
    : `Made ${folder} from the template.`;
  reporter.report({ type: 'note', message });
  return folder;
}
