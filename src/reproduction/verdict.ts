import { formatCount } from '../progress/format.ts';
import type { Reproduction, VideoAgreement } from './reproduction.ts';

/** The vectors of one video in one set. */
export interface VideoVectors {
  /** Seconds. */
  readonly times: Float64Array;
  /** Row by row. */
  readonly rows: Float32Array;
}

/** Two vectors for the same moment. */
export interface VectorMatch {
  /** Seconds between them. */
  readonly timeDifference: number;
  /** 1 where both are zero, 0 where one is. */
  readonly cosine: number;
  /** Length of the second ÷ length of the first; 1 where both are zero. */
  readonly lengthRatio: number;
}

/** Timestamps as far apart as this, in seconds, are of the same moment. */
const SAME_MOMENT = 0.05;

/**
 * The bounds of the verdicts. Decoders and GPUs differ in the last digits, and float16 in the third:
 * `reproduces` allows that much. `close` is a different build or rounding, but the same method; below
 * it the subset's score says nothing of the full one.
 */
const BOUNDS = {
  reproduces: { cosine: 0.999, length: 0.01, matched: 1 },
  close: { meanCosine: 0.95, length: 0.1, matched: 0.95 },
} as const;

const MOST_VIDEOS = 10;

type Measured = Omit<Reproduction, 'verdict' | 'reasons'>;

/** Adds videos up to a verdict. */
export class Comparison {
  readonly #dimensions: Reproduction['dimensions'];
  readonly #videos = { both: 0, onlySubmitted: 0, onlyMade: 0 };
  readonly #vectors = { submitted: 0, made: 0, matched: 0 };
  readonly #cosine = { sum: 0, min: 1 };
  readonly #ratio = { min: Number.POSITIVE_INFINITY, max: 0 };
  #maxTime = 0;
  #worst: VideoAgreement[] = [];

  constructor(submitted: number, made: number) {
    this.#dimensions = { submitted, made };
  }

  /** One video: how many vectors each set has for it, and those of the same moment. */
  add(
    video: string,
    { submitted, made }: { readonly submitted: number; readonly made: number },
    matches: readonly VectorMatch[],
  ): void {
    const matched = matches.length;
    this.#videos[submitted === 0 ? 'onlyMade' : made === 0 ? 'onlySubmitted' : 'both'] += 1;
    this.#vectors.submitted += submitted;
    this.#vectors.made += made;
    this.#vectors.matched += matched;
    let sum = 0;
    for (const { cosine, lengthRatio, timeDifference } of matches) {
      sum += cosine;
      this.#cosine.min = Math.min(this.#cosine.min, cosine);
      this.#ratio.min = Math.min(this.#ratio.min, lengthRatio);
      this.#ratio.max = Math.max(this.#ratio.max, lengthRatio);
      this.#maxTime = Math.max(this.#maxTime, timeDifference);
    }
    this.#cosine.sum += sum;
    const agreement = sum / Math.max(submitted, made);
    if (agreement >= BOUNDS.reproduces.cosine) return;
    const meanCosine = matched === 0 ? null : sum / matched;
    this.#worst = [...this.#worst, { video, submitted, made, matched, meanCosine, agreement }]
      .sort((a, b) => a.agreement - b.agreement || (a.video < b.video ? -1 : 1))
      .slice(0, MOST_VIDEOS);
  }

  result(): Reproduction {
    const { matched } = this.#vectors;
    const { sum, min } = this.#cosine;
    const measured = {
      videos: this.#videos,
      vectors: this.#vectors,
      dimensions: this.#dimensions,
      cosine: matched > 0 ? { mean: sum / matched, min } : null,
      lengthRatio: matched > 0 ? this.#ratio : null,
      maxTimeDifference: matched > 0 ? this.#maxTime : null,
      worstVideos: this.#worst,
    };
    return { ...judge(measured), ...measured };
  }
}

function judge(measured: Measured): Pick<Reproduction, 'verdict' | 'reasons'> {
  const reasons = [...reasonsOf(measured)];
  if (reasons.length === 0) return { verdict: 'reproduces', reasons };
  const { vectors, cosine, lengthRatio } = measured;
  const { close } = BOUNDS;
  const isClose =
    vectors.matched >= close.matched * Math.max(vectors.submitted, vectors.made) &&
    (cosine?.mean ?? 0) >= close.meanCosine &&
    lengthsWithin(lengthRatio, close.length);
  return { verdict: isClose ? 'close' : 'differs', reasons };
}

function* reasonsOf(measured: Measured): Generator<string> {
  const { videos, vectors, dimensions, cosine, lengthRatio, maxTimeDifference } = measured;
  const { reproduces } = BOUNDS;
  if (dimensions.submitted !== dimensions.made) {
    yield `main.py makes vectors of ${dimensions.made} dimensions, submitted are ${dimensions.submitted}`;
    return;
  }
  if (videos.onlySubmitted > 0) yield `for ${videos.onlySubmitted} videos main.py makes none`;
  if (videos.onlyMade > 0) yield `for ${videos.onlyMade} videos none are submitted`;
  if (vectors.matched < Math.max(vectors.submitted, vectors.made) * reproduces.matched) {
    const { submitted, made, matched } = vectors;
    yield `main.py makes ${formatCount(made)} vectors, submitted are ${formatCount(submitted)}; ${formatCount(matched)} are of the same moments`;
  }
  if ((maxTimeDifference ?? 0) > SAME_MOMENT) {
    yield `timestamps differ by up to ${maxTimeDifference?.toFixed(2)} s`;
  }
  if (cosine !== null && cosine.min < reproduces.cosine) {
    yield `cosine similarity is ${cosine.mean.toFixed(4)} on average, ${cosine.min.toFixed(4)} at worst`;
  }
  if (!lengthsWithin(lengthRatio, reproduces.length)) {
    yield `lengths are ${lengthRatio?.min.toFixed(3)} to ${lengthRatio?.max.toFixed(3)} times those submitted, which changes the scores (is one side not normalised?)`;
  }
  if (vectors.submitted + vectors.made === 0) yield 'neither has a vector for the subset';
}

function lengthsWithin(ratio: Reproduction['lengthRatio'], share: number): boolean {
  return ratio === null || (ratio.min >= 1 - share && ratio.max <= 1 + share);
}

/**
 * Finds the vectors of the same moments in two sets of one video, and how similar they are.
 *
 * By timestamp, within {@link SAME_MOMENT}. Where the numbers are equal and fewer than half of them
 * match by that (all are shifted), the first in time belongs to the first, and so on.
 */
export function matchVideo(
  first: VideoVectors,
  second: VideoVectors,
  dimensions: number,
): readonly VectorMatch[] {
  const [a, b] = [inTime(first.times), inTime(second.times)];
  const near = byTime(a, first.times, b, second.times);
  const shifted = a.length === b.length && 2 * near.length < a.length;
  const pairs = shifted ? a.map((row, at) => [row, b[at] as number] as const) : near;
  return pairs.map(([row, other]) => ({
    timeDifference: Math.abs((first.times[row] as number) - (second.times[other] as number)),
    ...similarity(first.rows, row * dimensions, second.rows, other * dimensions, dimensions),
  }));
}

/** Rows in the order of time; of the same time, in their own. */
function inTime(times: Float64Array): number[] {
  return [...times.keys()].sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
}

function byTime(
  a: readonly number[],
  timesOfA: Float64Array,
  b: readonly number[],
  timesOfB: Float64Array,
): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  let [left, right] = [0, 0];
  while (left < a.length && right < b.length) {
    const [row, other] = [a[left] as number, b[right] as number];
    const difference = (timesOfA[row] as number) - (timesOfB[other] as number);
    if (Math.abs(difference) <= SAME_MOMENT) pairs.push([row, other]);
    if (difference >= -SAME_MOMENT) right += 1;
    if (!(difference > SAME_MOMENT)) left += 1;
  }
  return pairs;
}

function similarity(
  a: Float32Array,
  atA: number,
  b: Float32Array,
  atB: number,
  dimensions: number,
): Pick<VectorMatch, 'cosine' | 'lengthRatio'> {
  let [dot, squaresA, squaresB] = [0, 0, 0];
  for (let at = 0; at < dimensions; at += 1) {
    const x = a[atA + at] as number;
    const y = b[atB + at] as number;
    dot += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  if (squaresA === 0 && squaresB === 0) return { cosine: 1, lengthRatio: 1 };
  const cosine = dot / Math.sqrt(squaresA) / Math.sqrt(squaresB);
  const lengthRatio = Math.sqrt(squaresB / squaresA);
  return {
    cosine: Number.isFinite(cosine) ? Math.max(-1, Math.min(1, cosine)) : 0,
    lengthRatio: Number.isFinite(lengthRatio) ? lengthRatio : 0,
  };
}
