import { planHelper } from '../engine/helper.ts';
import type { InputPlacement } from '../engine/inputs.ts';
import type { ContainerEngine, Image, Limits, RunPlan } from '../engine/port.ts';
import { takeText } from '../engine/take-out.ts';
import { findLocalImage, type ImageNames } from '../image/choice.ts';
import { shortened } from '../progress/visible.ts';
import type { Moment, Pair, PairMoment } from './frames.ts';

/** The label of an image that can take frames out of videos; from 2 on at given seconds, too. */
export const framesLabel = 'vsc.runtime.frames';

const output = '/tmp/frames.json';
/** A hundred and sixty pictures of at most 9 kB, in Base64. */
const maxBytes = 2 ** 21;
/** Much more than so many seeks take, and than it takes to read the largest sets. */
const seconds = 300;

/** The image of the run, or where that is another's the slim one; undefined where neither can. */
export async function findFramesImage(
  engine: ContainerEngine,
  ofRun: Image,
  track: ImageNames,
  pairs: readonly Pair[],
): Promise<Image | undefined> {
  const needed = pairs.some(({ seconds }) => seconds !== undefined) ? 2 : 1;
  const isAble = ({ labels }: Image) => Number(labels[framesLabel] ?? 0) >= needed;
  if (isAble(ofRun)) return ofRun;
  const slim = (await findLocalImage(engine, track, 'slim'))?.image;
  return slim !== undefined && isAble(slim) ? slim : undefined;
}

/** What the container is made from; all paths absolute. */
export interface FramesRun {
  readonly image: Image;
  readonly labels: Readonly<Record<string, string>>;
  /** The folder with `pairs.json` and `videos/`. */
  readonly folder: string;
  /** The submission, in whose sets moments are found; absent where all are given. */
  readonly zip?: string;
  readonly limits: Limits;
}

/** The container: none of the submission's code is in it. */
export function planFrames({ image, labels, limits, zip }: Omit<FramesRun, 'folder'>): RunPlan {
  const ofZip = zip === undefined ? [] : ['--zip', '/submission.zip'];
  return planHelper({
    name: 'frames',
    image: image.id,
    module: ['vsc_runtime.frames', '/frames', ...ofZip, '--output', output],
    labels,
    limits: { ...limits, seconds },
  });
}

/**
 * Runs the container and reads what it leaves.
 * @returns the moments of `pairs` in their order, or why there are none
 * @throws EnvironmentError for what the engine can't do; the signal's reason
 */
export async function runFrames(
  pairs: readonly Pair[],
  run: FramesRun,
  placement: InputPlacement,
  signal: AbortSignal,
): Promise<readonly PairMoment[] | { readonly why: string }> {
  const inputs = [
    { source: run.folder, target: '/frames' },
    ...(run.zip === undefined ? [] : [{ source: run.zip, target: '/submission.zip' }]),
  ];
  let said = '';
  let made: string | undefined;
  const { exitCode, stoppedFor, outOfMemory } = await placement.run(planFrames(run), inputs, {
    signal,
    onOutput: async (chunk) => {
      said = `${said}${chunk.toString()}`.slice(-2000);
    },
    onExited: async (files, outcome) => {
      if (outcome.exitCode === 0) made = await takeText(files, { path: output, maxBytes });
    },
  });
  if (outOfMemory) return { why: 'out of memory' };
  if (stoppedFor === 'seconds') return { why: `they took longer than ${seconds} seconds` };
  if (stoppedFor !== undefined) return { why: 'the sets took too much room on the disk' };
  if (exitCode !== 0 || made === undefined) {
    const [last = ''] = said.trimEnd().split('\n').slice(-1);
    return { why: `exit code ${exitCode}${last && `, ${shortened(last, 200)}`}` };
  }
  try {
    return readFrames(made, pairs);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError)
      return { why: 'they are not readable' };
    throw error;
  }
}

/** What the container wrote, by the side. */
interface WrittenSide {
  readonly seconds: number | null;
  readonly jpeg: string | null;
  readonly problem: string | null;
}

function readFrames(text: string, pairs: readonly Pair[]): readonly PairMoment[] {
  const written: {
    readonly similarity: number | null;
    readonly query: WrittenSide;
    readonly reference: WrittenSide;
  }[] = JSON.parse(text);
  return pairs.flatMap(({ query: queryId, reference: referenceId }, at) => {
    const entry = written[at];
    if (entry === undefined) return [];
    const { similarity, query, reference } = entry;
    const sides = { queryMoment: momentOf(query), referenceMoment: momentOf(reference) };
    return { query: queryId, reference: referenceId, similarity, ...sides };
  });
}

function momentOf({ seconds, jpeg, problem }: WrittenSide): Moment {
  return { seconds, ...(jpeg !== null && { jpeg }), ...(problem !== null && { problem }) };
}
