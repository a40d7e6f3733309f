import * as v from 'valibot';
import { type Cause, causes } from '../causes.ts';

const figure = v.nullable(v.number());
const cause = v.picklist(Object.keys(causes) as Cause[]);

/** What came of a submission that was judged, as its task leaves it. */
export const judgementSchema = v.object({
  /** It ran to its end; it failed by its own fault; it broke the rules before anything ran. */
  verdict: v.picklist(['runs', 'failed', 'invalid']),
  /** Of one that does not run. */
  cause: v.nullable(cause),
  /** The same in a sentence. */
  message: v.nullable(v.string()),
  /** The figure that ranks submissions, of all queries and of the subset's; null without ground truth. */
  score: figure,
  subsetScore: figure,
  /** What `main.py` took for a query of the subset. */
  secondsPerQuery: figure,
  containerSeconds: figure,
  peakMemoryBytes: figure,
  /** Whether the code makes what was submitted, in a word or two. */
  reproduction: v.nullable(v.string()),
  /** Path of its report inside the task's folder. */
  report: v.string(),
});

export type Judgement = Readonly<v.InferOutput<typeof judgementSchema>>;

/** What is known of a submission of a batch. */
export type Verdict = Judgement | Unjudged;

/** It was not judged, by no fault of its own: there is evidence; or its turn has not come. */
export interface Unjudged {
  readonly verdict: 'not judged' | 'waiting';
  readonly cause: Cause | null;
  readonly message: string | null;
}

/** A submission and its verdict, in the order of the table. */
export interface Row {
  /** From 1; those with the same score have the same. Null where there is no score. */
  readonly rank: number | null;
  /** The name of the zip, without its end. */
  readonly submission: string;
  /** SHA-256 of the zip, in hex. */
  readonly sha256: string;
  /** Absolute path of what is kept of it. */
  readonly folder: string;
  readonly verdict: Verdict;
}

const order: readonly Verdict['verdict'][] = ['runs', 'failed', 'invalid', 'not judged', 'waiting'];

/** Ranks submissions: the best score first, then those without one, verdict by verdict and by name. */
export function ranked(submissions: readonly Omit<Row, 'rank'>[]): readonly Row[] {
  const sorted = [...submissions].sort(
    (a, b) =>
      scoreOf(b) - scoreOf(a) ||
      order.indexOf(a.verdict.verdict) - order.indexOf(b.verdict.verdict) ||
      (a.submission < b.submission ? -1 : 1),
  );
  const scores = sorted.map(scoreOf);
  return sorted.map((submission, at) => {
    const score = scores[at] ?? unscored;
    return { ...submission, rank: score === unscored ? null : scores.indexOf(score) + 1 };
  });
}

/** Below every score. */
const unscored = -1;

function scoreOf({ verdict }: Omit<Row, 'rank'>): number {
  return 'score' in verdict && verdict.score !== null ? verdict.score : unscored;
}
