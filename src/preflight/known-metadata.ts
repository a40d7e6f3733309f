import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder, isThere } from '../dataset/layout.ts';
import { readMetadata, type VideoKind } from '../dataset/metadata.ts';
import type { Project } from '../project.ts';
import type { PreflightFacts } from './preflight.ts';

/** What a submission is checked against, and where that was found. */
export interface KnownFacts extends PreflightFacts {
  /** Metadata that are nowhere: the rules that need them were not checked. */
  readonly missing: readonly MissingMetadata[];
}

/** Metadata that were looked for in vain. */
export interface MissingMetadata {
  readonly kind: VideoKind;
  /** Where it may be, the first choice first. */
  readonly places: readonly string[];
}

/** What to hold a submission against. */
export interface FactsRequest {
  readonly project: Project;
  readonly dataset: string;
  readonly phase2: boolean;
  /** Read all features, for NaN, infinity and damage. */
  readonly scanFinite: boolean;
}

/**
 * The facts, with the metadata of `data/<dataset>` or else of `competition_data/<dataset>`, under either
 * name; they may be missing.
 * @throws EnvironmentError for malformed metadata
 */
export async function knownFacts(request: FactsRequest): Promise<KnownFacts> {
  const [queries, references, disk] = await Promise.all([
    durationsOf(request, 'query'),
    durationsOf(request, 'reference'),
    statfs(request.project.root),
  ]);
  return {
    queryDurations: queries.durations,
    referenceDurations: references.durations,
    phase2: request.phase2,
    freeBytes: disk.bavail * disk.bsize,
    scanFinite: request.scanFinite,
    missing: [queries, references].flatMap(({ missing }) => missing ?? []),
  };
}

/** Stands in for metadata that are not there: any video, of any length. */
class AnyVideo extends Map<string, number> {
  override has(): boolean {
    return true;
  }
}

interface Durations {
  readonly durations: ReadonlyMap<string, number>;
  readonly missing?: MissingMetadata;
}

async function durationsOf(
  { project, dataset }: FactsRequest,
  kind: VideoKind,
): Promise<Durations> {
  const data = dataFolder(join(project.data, dataset));
  const downloads = join(project.competitionData, dataset);
  const places = [
    kind === 'query' ? data.queryMetadata : data.referenceMetadata,
    join(downloads, `${kind}_metadata.csv`),
    join(downloads, `${dataset}_${kind}_metadata.csv`),
  ];
  for (const place of places) {
    if (await isThere(place, 'file')) {
      return { durations: (await readMetadata(place, kind)).durations };
    }
  }
  const durations = new AnyVideo([['any', Number.POSITIVE_INFINITY]]);
  return { durations, missing: { kind, places } };
}
