import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder } from '../dataset/layout.ts';
import { readMetadata } from '../dataset/metadata.ts';
import type { Project } from '../project.ts';
import type { PreflightFacts } from './preflight.ts';

/** What a submission of this project is checked against. @throws EnvironmentError without metadata */
export async function preflightFacts(
  project: Project,
  dataset: string,
  phase2: boolean,
): Promise<PreflightFacts> {
  const data = dataFolder(join(project.data, dataset));
  const [queries, references, disk] = await Promise.all([
    readMetadata(data.queryMetadata, 'query'),
    readMetadata(data.referenceMetadata, 'reference'),
    statfs(project.root),
  ]);
  return {
    queryDurations: queries.durations,
    referenceDurations: references.durations,
    phase2,
    freeBytes: disk.bavail * disk.bsize,
    scanFinite: true,
  };
}
