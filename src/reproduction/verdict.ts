import { formatCount } from '../progress/format.ts';
import type { Measured, Reproduction } from './reproduction.ts';

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

/** What was measured, with the verdict on it. */
export function judge(measured: Measured): Reproduction {
  const reasons = [...reasonsOf(measured)];
  if (reasons.length === 0) return { verdict: 'reproduces', reasons, ...measured };
  const { vectors, cosine, lengthRatio } = measured;
  const { close } = BOUNDS;
  const isClose =
    vectors.matched >= close.matched * Math.max(vectors.submitted, vectors.made) &&
    (cosine?.mean ?? 0) >= close.meanCosine &&
    lengthsWithin(lengthRatio, close.length);
  return { verdict: isClose ? 'close' : 'differs', reasons, ...measured };
}

function* reasonsOf(measured: Measured): Generator<string> {
  const { videos, vectors, cosine, lengthRatio, maxTimeDifference } = measured;
  const { reproduces } = BOUNDS;
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
