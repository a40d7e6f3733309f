import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type DataFolder, dataFolder } from '../dataset/layout.ts';
import { type ContainerOwner, containerLabels } from '../engine/container-labels.ts';
import { InputPlacement } from '../engine/inputs.ts';
import type { ContainerEngine, Image, Limits } from '../engine/port.ts';
import { VscError } from '../errors.ts';
import { localDisk } from '../files.ts';
import type { ImageNames } from '../image/choice.ts';
import type { Reporter } from '../progress/events.ts';
import { formatCount } from '../progress/format.ts';
import type { Project } from '../project.ts';

import { findFramesImage, runFrames } from './container.ts';
import type { Frames, Pair, PairMoment } from './frames.ts';
import { type FoundVideos, findVideos, gatherVideos } from './videos.ts';

/** Of what to take frames. */
export interface FramesRequest {
  readonly project: Project;
  readonly track: ImageNames;
  readonly dataset: string;
  readonly data: DataFolder;
  /** Of a score, e.g. `pairsToShow(score.full)`. */
  readonly pairs: readonly Pair[];
  /** The image that the submission ran in. */
  readonly image: Image;
  /** A folder of the run, which need not be there. */
  readonly folder: string;
  /** What reading the sets may take. */
  readonly limits: Limits;
}

/** What taking them needs of the world. */
export interface FramesWorld {
  readonly engine: () => Promise<ContainerEngine>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** This process and machine, for the labels of the container. */
  readonly owner: ContainerOwner;
}

/**
 * Shows pairs that were confused, where they are most similar or at given seconds: frames of both
 * videos, from this project's data. It is an extra: where it fails, a note says why.
 * @throws the signal's reason; bugs
 */
export async function takeFrames(request: FramesRequest, world: FramesWorld): Promise<Frames> {
  const { pairs } = request;
  if (pairs.length === 0) return { pairs: [], notes: [] };
  try {
    const videos = await findVideos(pairs, foldersOf(request));
    const notes = absentNotes(videos, request);
    const isAnyComplete = pairs.some((pair) => isThere(pair, videos));
    if (!isAnyComplete) return { pairs: [], notes };
    const made = await make(pairs, videos, request, world);
    if ('why' in made) return { pairs: [], notes: [`There are no frames: ${made.why}.`] };
    return { pairs: made, notes };
  } catch (error) {
    if (world.signal.aborted || !(error instanceof VscError)) throw error;
    return { pairs: [], notes: [`There are no frames: ${error.message}`] };
  }
}

function isThere({ query, reference }: Pair, { paths }: FoundVideos): boolean {
  return paths.has(query) && paths.has(reference);
}

async function make(
  pairs: readonly Pair[],
  { paths }: FoundVideos,
  request: FramesRequest,
  { engine, reporter, signal, owner }: FramesWorld,
): Promise<readonly PairMoment[] | { readonly why: string }> {
  const { project, track, folder, limits } = request;
  const connected = await engine();
  const image = await findFramesImage(connected, request.image, track, pairs);
  if (image === undefined) {
    return {
      why: 'the image can not take them out of videos; "vsc build --slim" makes one that can',
    };
  }
  const names = new Set(pairs.map(({ query, reference }) => `${query} ${reference}`));
  reporter.report({ type: 'step', message: `Taking frames of ${formatCount(names.size)} pairs` });
  await localDisk(`make ${folder}`, async () => {
    await gatherVideos(join(folder, 'videos'), paths, signal);
    const listed = pairs.map(({ query, reference, seconds }) => [
      query,
      reference,
      ...(seconds === undefined ? [] : [seconds.query, seconds.reference]),
    ]);
    await writeFile(join(folder, 'pairs.json'), JSON.stringify(listed), { mode: 0o644 });
  });
  const labels = containerLabels(project.root, owner);
  const needsSets = pairs.some(({ seconds }) => seconds === undefined);
  const run = { image, labels, folder, limits, ...(needsSets && { zip: project.zip }) };
  return runFrames(pairs, run, new InputPlacement(connected, reporter), signal);
}

/** The subset's queries are in `data`, all videos in `competition_data`. */
function foldersOf({ project, dataset, data }: FramesRequest) {
  const whole = join(project.competitionData, dataset);
  return {
    query: [data.queries, dataFolder(whole).queries],
    reference: [join(whole, 'reference')],
  };
}

function absentNotes({ absent }: FoundVideos, request: FramesRequest): string[] {
  const { query, reference } = foldersOf(request);
  const { root } = request.project;
  const note = (ids: readonly string[], folders: readonly string[]) => {
    if (ids.length === 0) return [];
    const what =
      ids.length === 1 ? `${ids[0]} is` : `${formatCount(ids.length)} of these videos are`;
    const places = folders.map((folder) => relative(root, folder)).join(' or ');
    return [`${what} not in ${places}: no frame.`];
  };
  return [...note(absent.query, query), ...note(absent.reference, reference)];
}
