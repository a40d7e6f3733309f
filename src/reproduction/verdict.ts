import { formatCount } from '../progress/format.ts';
import type { Reproduction, VideoAgreement } from './reproduction.ts';
import { SAME_MOMENT, type VectorMatch } from './video-match.ts';

/**
 * The bounds of the verdicts. Decoders and GPUs differ in the last digits, and float16 in the third:
 * `reproduces` allows that much. `close` is a different build or rounding, but the same method; below
 * it the subset's score says nothing of the full one.
 */
export const BOUNDS = {
  reproduces: { cosine: 0.999, length: 0.01, matched: 1 },
  close: { meanCosine: 0.95, length: 0.1, matched: 0.95 },
} as const;

const MOST_VIDEOS = 10;

/** Adds videos up to a verdict. */
export class Comparison {
  readonly #dimensions: Reproduction['dimensions'];
  readonly #videos = { both: 0, onlySubmitted: 0, onlyMade: 0 };
  readonly #vectors = { submitted: 0, made: 0, matched: 0 };
  #worst: VideoAgreement[] = [];
  #cosines = 0;
  #minCosine = 1;
  #minRatio = Number.POSITIVE_INFINITY;
  #maxRatio = 0;
  #maxTime = 0;

  constructor(submitted: number, made: number) {
    this.#dimensions = { submitted, made };
  }

  /** One video: how many vectors each set has for it, and those of the same moment. */
  add(
    video: string,
    counts: { readonly submitted: number; readonly made: number },
    matches: readonly VectorMatch[],
  ): void {
    const { submitted, made } = counts;
    if (submitted === 0) this.#videos.onlyMade += 1;
    else if (made === 0) this.#videos.onlySubmitted += 1;
    else this.#videos.both += 1;
    const matched = matches.length;
    this.#vectors.submitted += submitted;
    this.#vectors.made += made;
    this.#vectors.matched += matched;
    let sum = 0;
    for (const { cosine, lengthRatio, timeDifference } of matches) {
      sum += cosine;
      this.#minCosine = Math.min(this.#minCosine, cosine);
      this.#minRatio = Math.min(this.#minRatio, lengthRatio);
      this.#maxRatio = Math.max(this.#maxRatio, lengthRatio);
      this.#maxTime = Math.max(this.#maxTime, timeDifference);
    }
    this.#cosines += sum;
    const agreement = sum / Math.max(submitted, made);
    const meanCosine = matched === 0 ? null : sum / matched;
    this.#remember({ video, submitted, made, matched, meanCosine, agreement });
  }

  result(): Reproduction {
    const { matched } = this.#vectors;
    const some = matched > 0;
    const measured = {
      videos: this.#videos,
      vectors: this.#vectors,
      dimensions: this.#dimensions,
      cosine: some ? { mean: this.#cosines / matched, min: this.#minCosine } : null,
      lengthRatio: some ? { min: this.#minRatio, max: this.#maxRatio } : null,
      maxTimeDifference: some ? this.#maxTime : null,
      worstVideos: this.#worst,
    };
    return { ...judge(measured), ...measured };
  }

  #remember(video: VideoAgreement): void {
    if (video.agreement >= BOUNDS.reproduces.cosine) return;
    this.#worst = [...this.#worst, video]
      .sort((a, b) => a.agreement - b.agreement || (a.video < b.video ? -1 : 1))
      .slice(0, MOST_VIDEOS);
  }
}

type Measured = Omit<Reproduction, 'verdict' | 'reasons'>;

function judge(measured: Measured): Pick<Reproduction, 'verdict' | 'reasons'> {
  const reasons = [...reasonsOf(measured)];
  if (reasons.length === 0) return { verdict: 'reproduces', reasons };
  const { vectors, cosine, lengthRatio } = measured;
  const { submitted, made, matched } = vectors;
  const { close } = BOUNDS;
  const isClose =
    matched >= close.matched * Math.max(submitted, made) &&
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
