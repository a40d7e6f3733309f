import { formatCount } from '../progress/format.ts';
import type { MatchReproduction, MeasuredMatches } from './reproduction.ts';

/**
 * A segment is in its place with this much intersection over union, or with all ends at most this many
 * seconds apart: a few frames, by which a short segment loses much of its area.
 */
const SAME_PLACE = { overlap: 0.99, seconds: 0.1 };

/** Scores that differ by less than this share of their size are the same: float16 has three digits. */
const ROUNDING = 1e-3;

/**
 * What is `close`: a different build or rounding, but the same method. Of the segments, and of the order
 * of their scores, 95 % are the same. An intersection over union of 0.8 is a segment that is off by a
 * twentieth of its length on both axes, so segment AP, which adds up lengths, loses about as much.
 */
const CLOSE = { paired: 0.95, overlap: 0.8, sameOrder: 0.95 };

/** Whether two paired segments are of the same stretches of both videos. */
export function staysInPlace(overlap: number, seconds: number): boolean {
  return overlap >= SAME_PLACE.overlap || seconds <= SAME_PLACE.seconds;
}

/**
 * By how much two scores may differ and be the same.
 * @param typical the size of an ordinary score: those near 0 are rounded as much as the others
 */
export function scoreRounding(one: number, other: number, typical: number): number {
  return ROUNDING * Math.max(Math.abs(one), Math.abs(other), typical);
}

/**
 * What was measured, with the verdict on it. Where neither side has a match for the subset the code does
 * reproduce what was submitted, nothing: many queries are copies of nothing, and the subset's score is
 * the same. That `main.py` makes none at all is said by the checks of its file.
 */
export function judgeMatches(measured: MeasuredMatches): MatchReproduction {
  const reasons = [...reasonsOf(measured)];
  if (reasons.length === 0) return { verdict: 'reproduces', reasons, ...measured };
  const { segments, overlap } = measured;
  const isClose =
    segments.paired >= CLOSE.paired * Math.max(segments.submitted, segments.made) &&
    (overlap?.mean ?? 0) >= CLOSE.overlap &&
    (segments.rescored === 0 || (measured.sameOrder ?? 1) >= CLOSE.sameOrder);
  return { verdict: isClose ? 'close' : 'differs', reasons, ...measured };
}

function* reasonsOf(measured: MeasuredMatches): Generator<string> {
  const { queries, segments, overlap, maxTimeDifference, crowded } = measured;
  const { submitted, made, paired, moved } = segments;
  if (queries.onlySubmitted > 0) {
    yield `for ${counted(queries.onlySubmitted, 'query', 'queries')} main.py makes no match`;
  }
  if (queries.onlyMade > 0) {
    yield `for ${counted(queries.onlyMade, 'query', 'queries')} no match is submitted`;
  }
  if (paired < Math.max(submitted, made)) {
    yield `main.py makes ${counted(made, 'segment', 'segments')}, submitted are ${formatCount(submitted)}; ${formatCount(paired)} have a counterpart`;
    if (crowded > 0) {
      yield `${counted(crowded, 'pair', 'pairs')} of videos had too many segments to compare each with each; more may have a counterpart`;
    }
  }
  if (moved > 0 && overlap !== null) {
    yield `${counted(moved, 'segment lies', 'segments lie')} elsewhere: intersection over union is ${overlap.mean.toFixed(4)} on average, ${overlap.min.toFixed(4)} at worst; ends are up to ${maxTimeDifference?.toFixed(2)} s apart`;
  }
  yield* scoreReasons(measured);
}

function* scoreReasons({
  segments: { rescored },
  maxScoreDifference,
  sameOrder,
}: MeasuredMatches): Generator<string> {
  if (rescored === 0) return;
  const differ = `${counted(rescored, 'score differs', 'scores differ')}, by up to ${maxScoreDifference?.toPrecision(2)}`;
  if (sameOrder === null || sameOrder === 1) {
    yield `${differ}, but not in their order, and segment AP sees no more than that`;
  } else {
    const share = Math.min(99.9, sameOrder * 100).toFixed(1);
    yield `${differ}; ${share} % of any two segments are in the same order`;
  }
}

function counted(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
