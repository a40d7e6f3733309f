import * as v from 'valibot';
import type { Finding } from '../errors.ts';
import type { Frames } from '../frames/frames.ts';
import type { Reproduction } from '../reproduction/reproduction.ts';
import type { SubmissionScore } from '../scoring/score.ts';
import { matchReproduction, matchScore } from './match-model.ts';
import { number, numbers, optional, text } from './model-fields.ts';

const next = optional(v.array(text));

const verdict = v.variant('kind', [
  v.object({ kind: v.literal('ok') }),
  v.object({ kind: v.literal('failed'), reason: text, stage: optional(text), next }),
  v.object({ kind: v.literal('invalid'), reason: text, next }),
]);

const finding = v.object({
  severity: v.picklist(['error', 'warning']),
  file: text,
  rule: text,
  message: text,
  index: optional(number),
  fix: optional(text),
}) satisfies v.GenericSchema<unknown, Finding>;

const rankingScore = v.object({
  microAveragePrecision: number,
  pairs: number,
  truePairs: number,
  found: number,
  recallAtPrecision90: number,
  curve: v.object({ recall: numbers, precision: numbers }),
  histogram: v.object({ edges: numbers, truePairs: numbers, falsePairs: numbers }),
  worstQueries: v.array(
    v.object({
      query: text,
      truePairs: number,
      found: number,
      bestRank: v.nullable(number),
      loss: number,
      reference: optional(text),
    }),
  ),
  topFalsePairs: v.array(v.object({ query: text, reference: text, score: number, rank: number })),
});

const score = v.object({
  full: rankingScore,
  subset: optional(rankingScore),
}) satisfies v.GenericSchema<unknown, SubmissionScore>;

/** Most pairs that are shown, and characters of a picture: a page, not an album. */
const maxPairs = 100;
const maxPicture = 16_384;

const moment = v.object({
  seconds: v.nullable(number),
  jpeg: optional(v.pipe(text, v.base64(), v.maxLength(maxPicture))),
  problem: optional(text),
});

const frames = v.object({
  pairs: v.pipe(
    v.array(
      v.object({
        query: text,
        reference: text,
        similarity: v.nullable(number),
        queryMoment: moment,
        referenceMoment: moment,
      }),
    ),
    v.maxLength(maxPairs),
  ),
  notes: v.array(text),
}) satisfies v.GenericSchema<unknown, Frames>;

const reproduction = v.object({
  verdict: v.picklist(['reproduces', 'close', 'differs']),
  reasons: v.array(text),
  videos: v.object({ both: number, onlySubmitted: number, onlyMade: number }),
  vectors: v.object({ submitted: number, made: number, matched: number }),
  dimensions: v.object({ submitted: number, made: number }),
  cosine: v.nullable(v.object({ mean: number, min: number })),
  lengthRatio: v.nullable(v.object({ min: number, max: number })),
  maxTimeDifference: v.nullable(number),
  worstVideos: v.array(
    v.object({
      video: text,
      submitted: number,
      made: number,
      matched: number,
      meanCosine: v.nullable(number),
      agreement: number,
    }),
  ),
}) satisfies v.GenericSchema<unknown, Reproduction>;

/** What a `report.json` has to look like. */
const reportSchema = v.object({
  /** A change that old readers would misread raises it. */
  version: v.literal(1),
  /** The competition and its track, in words. */
  track: text,
  dataset: text,
  /** When the rehearsal began: ISO 8601, in UTC. */
  startedAt: v.pipe(text, v.isoTimestamp()),
  /**
   * How it ended: `reason` is a sentence, `stage` the name of the one that failed, `next` what to do
   * next, most useful first.
   */
  verdict,
  /** It is of a smoke test, no full rehearsal: of so many queries of the subset's only. */
  smoke: optional(v.object({ queries: number, of: number })),
  /** What the checks without Docker found: errors where the verdict is `invalid`, else warnings. */
  findings: v.array(finding),
  /** How many findings more there were. */
  moreFindings: optional(number),
  /** Absent where there is no ground truth, or nothing to score. */
  score: optional(score),
  /** The same of the matching track. */
  matchScore: optional(matchScore),
  /** What the pairs of the score look like that want a look. */
  frames: optional(frames),
  /** In the order in which they ran. */
  stages: v.array(
    v.object({
      name: text,
      /** In words, e.g. `run main.py`. */
      label: text,
      /** Counts from the start of the first. */
      start: number,
      seconds: number,
    }),
  ),
  /** From the container's start to its end. */
  containerSeconds: optional(number),
  /**
   * The time that `main.py` took for a query, and what the organisers' subset would take at that
   * pace; absent where `main.py` did not run.
   */
  pace: optional(
    v.object({
      secondsPerQuery: number,
      limit: number,
      projectedSeconds: number,
      projectedQueries: number,
      allowedSeconds: number,
      /** What the searches of whole sets would take on the same machine. */
      search: optional(v.object({ seconds: number, queries: number, references: number })),
    }),
  ),
  /** Most memory used at once, and how much there was. */
  memory: optional(v.object({ peakBytes: number, limitBytes: optional(number) })),
  /** Numbers of vectors, of ranked video pairs, of matches, and of the subset's queries. */
  counts: v.object({
    queryDescriptors: optional(number),
    referenceDescriptors: optional(number),
    subsetDescriptors: optional(number),
    fullPairs: optional(number),
    subsetPairs: optional(number),
    fullMatches: optional(number),
    subsetMatches: optional(number),
    subsetQueries: optional(number),
  }),
  /** Whether `main.py` makes the descriptors that were submitted. */
  reproduction: optional(reproduction),
  /** Whether `main.py` makes the matches that were submitted. */
  matchReproduction: optional(matchReproduction),
  /** Each as it was for this run, and what set it: a flag, a variable or `default`. */
  settings: v.array(v.object({ name: text, value: text, source: text })),
  /** What exactly ran: `digest` is `sha256:` and hexadecimal, `detail` a name or a size. */
  digests: v.array(v.object({ name: text, digest: text, detail: optional(text) })),
  /** The programs and their versions. */
  versions: v.array(v.object({ name: text, version: text })),
  /** The end of what the container printed, as it came; `complete` if that is all of it. */
  log: optional(v.object({ file: text, text, complete: v.boolean() })),
});

type DeepReadonly<Value> = { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> };

/**
 * What is known of one rehearsal: the content of `submission/report.json`, and all that
 * `submission/report.html` is made from. What is not known is absent, except where null says that
 * there is no such thing. Durations are seconds, sizes bytes. Every text may come from the
 * submission and be hostile; only the page makes it harmless.
 */
export type ReportModel = DeepReadonly<v.InferOutput<typeof reportSchema>>;

/** How the rehearsal ended. */
export type Verdict = ReportModel['verdict'];

/** A step of the run. */
export type Stage = ReportModel['stages'][number];

/** How much there was of everything; what is not known is absent. */
export type Counts = ReportModel['counts'];

/** A setting of the run and what set it. */
export type SettingUsed = ReportModel['settings'][number];

/** A thing that ran, by its digest. */
export type Digest = ReportModel['digests'][number];

/** A program and its version. */
export type Version = ReportModel['versions'][number];

/** The end of the run's log. */
export type LogTail = NonNullable<ReportModel['log']>;

/** The report in parsed JSON, or a sentence that says what is wrong with it. */
export function parseReport(json: unknown): ReportModel | { readonly wrong: string } {
  const parsed = v.safeParse(reportSchema, json, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  return { wrong: `${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}` };
}
