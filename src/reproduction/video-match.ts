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
export const SAME_MOMENT = 0.05;

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
  return Array.from(times.keys()).sort(
    (a, b) => (times[a] as number) - (times[b] as number) || a - b,
  );
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
