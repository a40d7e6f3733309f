import { join } from 'node:path';
import { dataFolder, isThere, subsetCommand } from '../dataset/layout.ts';
import { readMetadata } from '../dataset/metadata.ts';
import { writeRandomDescriptors } from '../descriptors/random.ts';
import { EnvironmentError } from '../errors.ts';
import type { Reporter } from '../progress/events.ts';
import type { Project } from '../project.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import { ensureTemplate } from './templates.ts';

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
    if (await isThere(metadata, 'file')) continue;
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
