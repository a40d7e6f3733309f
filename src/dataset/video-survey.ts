import { join } from 'node:path';
import { isFolder } from '../files.ts';
import { type CompetitionData, presentVideos } from './layout.ts';
import { readMetadata, type VideoKind } from './metadata.ts';
import { isSample } from './sampling.ts';
import { findVideoFaults, type VideoFault } from './video-faults.ts';

/** What there is of the videos on one side of a dataset. */
export interface VideoSurvey {
  readonly kind: VideoKind;
  /** Videos in the metadata. */
  readonly listed: number;
  /** Of these, without a file, in file order. */
  readonly absent: readonly string[];
  /** Whether those that are there are what a proportion draws, or all. */
  readonly isSample: boolean;
  /** How many of those that are there were looked at, and what was found. */
  readonly looked: number;
  readonly faults: readonly VideoFault[];
}

/**
 * Most videos of a side that are looked at: 2,000 looks take half a second, or two from a cold disk,
 * where all 48,000 of a dataset would take from 15 s to 45.
 */
const most = 1000;

/**
 * Looks at a download's queries and references: which are there, and for a thousand of each, evenly
 * spread, whether their containers are sound.
 *
 * @throws EnvironmentError for malformed metadata
 */
export function surveyVideos(source: CompetitionData): Promise<VideoSurvey[]> {
  const { folder, queries, queryMetadata, referenceMetadata } = source;
  return Promise.all([
    survey('query', queries, queryMetadata),
    survey('reference', join(folder, 'reference'), referenceMetadata),
  ]);
}

async function survey(kind: VideoKind, folder: string, metadata: string): Promise<VideoSurvey> {
  const { durations } = await readMetadata(metadata, kind);
  const listed = [...durations.keys()];
  const present = (await isFolder(folder)) ? await presentVideos(folder, listed) : [];
  const there = new Set(present);
  const chosen = spread(present, most);
  return {
    kind,
    listed: listed.length,
    absent: listed.filter((id) => !there.has(id)),
    isSample: present.length > 0 && isSample(listed, present),
    looked: chosen.length,
    faults: await findVideoFaults(folder, chosen, durations),
  };
}

/** At most so many of these, evenly spread, so that what a bad hour left shows too. */
function spread<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (items.length <= count) return items;
  const step = items.length / count;
  return Array.from({ length: count }, (_, index) => items[Math.floor(index * step)] as Item);
}
