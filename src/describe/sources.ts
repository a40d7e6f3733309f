import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findCompetitionData, presentVideos, videoFile } from '../dataset/layout.ts';
import { type MetadataLines, readMetadataLines, type VideoKind } from '../dataset/metadata.ts';
import { EnvironmentError } from '../errors.ts';
import { eachOf } from '../files.ts';
import { lookForFolder } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import { formatCount } from '../progress/format.ts';
import type { Project } from '../project.ts';
import type { Description, Track } from '../tracks/track.ts';
import type { Video } from './plan.ts';

/** One side of a whole dataset. */
export interface Side {
  readonly metadata: MetadataLines;
  /** The path of these. */
  readonly path: string;
  /** The folder of the videos. */
  readonly folder: string;
  /** Those that are there and wanted, in the order of the metadata. */
  readonly videos: readonly Video[];
}

/** The videos of a whole dataset and what its metadata say of them. */
export type Sources = Readonly<Record<VideoKind, Side>>;

/** Which videos are asked for. */
export interface SourcesRequest {
  readonly project: Project;
  readonly track: Track;
  readonly dataset: string;
  readonly description: Description;
}

/**
 * Finds the queries and references of `competition_data/<dataset>`. Videos that are not there are told.
 * @throws EnvironmentError where metadata are missing or malformed, or there is no video of a kind that
 * is wanted
 */
export async function findSources(
  { project, dataset, track, description }: SourcesRequest,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Sources> {
  const data = await findCompetitionData(project, dataset, track.results.truth);
  const side = async (kind: VideoKind, path: string, folder: string): Promise<Side> => {
    const metadata = await readMetadataLines(path, kind);
    if (!description.files.some((file) => file.kind === kind)) {
      return { metadata, path, folder, videos: [] };
    }
    const ids = [...metadata.durations.keys()];
    const present = (await lookForFolder(folder)) ? await presentVideos(folder, ids, signal) : [];
    if (present.length === 0) {
      const what = `None of the ${formatCount(ids.length)} videos listed in ${path} is in ${folder}.`;
      throw new EnvironmentError(what, [
        `The ${track.words.submitted} of a whole dataset take all its videos.`,
      ]);
    }
    warnOfAbsent(ids, present, { folder, words: track.words }, reporter);
    const sizes = new Map<string, number>();
    const measure = async (id: string) => {
      sizes.set(id, (await stat(join(folder, videoFile(id)))).size);
    };
    await eachOf(present, measure, signal);
    const videos = present.map((id): Video => {
      return { id, seconds: metadata.durations.get(id) ?? 0, bytes: sizes.get(id) ?? 0 };
    });
    return { metadata, path, folder, videos };
  };
  return {
    query: await side('query', data.queryMetadata, data.queries),
    reference: await side('reference', data.referenceMetadata, data.references),
  };
}

function warnOfAbsent(
  ids: readonly string[],
  present: readonly string[],
  { folder, words }: { readonly folder: string; readonly words: Track['words'] },
  reporter: Reporter,
): void {
  const there = new Set(present);
  const absent = ids.filter((id) => !there.has(id));
  if (absent.length === 0) return;
  const few = absent.slice(0, 3).join(', ') + (absent.length > 3 ? ', …' : '');
  const message = `${formatCount(absent.length)} of the ${formatCount(ids.length)} videos listed are not in ${folder} (${few}): they get no ${words.submitted}.`;
  reporter.report({ type: 'warning', message });
}
