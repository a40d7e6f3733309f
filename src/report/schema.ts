import * as v from 'valibot';
import type { Finding } from '../errors.ts';
import type { Reproduction } from '../reproduction/reproduction.ts';
import type { QueryLoss, RankedPair, RankingScore, SubmissionScore } from '../scoring/score.ts';
import { type ReportModel, reportVersion, type Verdict } from './model.ts';

const text = v.string();
const number = v.pipe(v.number(), v.finite());
const numbers = v.array(number);
const maybe = v.exactOptional;

const finding = v.object({
  severity: v.picklist(['error', 'warning']),
  file: text,
  rule: text,
  message: text,
  index: maybe(number),
  fix: maybe(text),
}) satisfies v.GenericSchema<unknown, Finding>;

const next = maybe(v.array(text));

const verdict = v.variant('kind', [
  v.object({ kind: v.literal('ok') }),
  v.object({ kind: v.literal('failed'), reason: text, stage: maybe(text), next }),
  v.object({ kind: v.literal('invalid'), reason: text, next }),
]) satisfies v.GenericSchema<unknown, Verdict>;

const queryLoss = v.object({
  query: text,
  truePairs: number,
  found: number,
  bestRank: v.nullable(number),
  loss: number,
}) satisfies v.GenericSchema<unknown, QueryLoss>;

const rankedPair = v.object({
  query: text,
  reference: text,
  score: number,
  rank: number,
}) satisfies v.GenericSchema<unknown, RankedPair>;

const rankingScore = v.object({
  microAveragePrecision: number,
  pairs: number,
  truePairs: number,
  found: number,
  recallAtPrecision90: number,
  curve: v.object({ recall: numbers, precision: numbers }),
  histogram: v.object({ edges: numbers, truePairs: numbers, falsePairs: numbers }),
  worstQueries: v.array(queryLoss),
  topFalsePairs: v.array(rankedPair),
}) satisfies v.GenericSchema<unknown, RankingScore>;

const submissionScore = v.object({
  full: rankingScore,
  subset: maybe(rankingScore),
}) satisfies v.GenericSchema<unknown, SubmissionScore>;

const range = v.object({ min: number, max: number });

const reproduction = v.object({
  verdict: v.picklist(['reproduces', 'close', 'differs']),
  reasons: v.array(text),
  videos: v.object({ both: number, onlySubmitted: number, onlyMade: number }),
  vectors: v.object({ submitted: number, made: number, matched: number }),
  dimensions: v.object({ submitted: number, made: number }),
  cosine: v.nullable(v.object({ mean: number, min: number })),
  lengthRatio: v.nullable(range),
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

/** What a `report.json` has to look like; the compiler holds it to `ReportModel`. */
const reportSchema = v.object({
  version: v.literal(reportVersion),
  track: text,
  dataset: text,
  startedAt: v.pipe(text, v.isoTimestamp()),
  verdict,
  findings: v.array(finding),
  score: maybe(submissionScore),
  stages: v.array(v.object({ name: text, label: text, start: number, seconds: number })),
  containerSeconds: maybe(number),
  pace: maybe(
    v.object({
      secondsPerQuery: number,
      limit: number,
      projectedSeconds: number,
      projectedQueries: number,
      allowedSeconds: number,
    }),
  ),
  memory: maybe(v.object({ peakBytes: number, limitBytes: maybe(number) })),
  counts: v.object({
    queryDescriptors: maybe(number),
    referenceDescriptors: maybe(number),
    subsetDescriptors: maybe(number),
    fullPairs: maybe(number),
    subsetPairs: maybe(number),
    subsetQueries: maybe(number),
  }),
  reproduction: maybe(reproduction),
  settings: v.array(v.object({ name: text, value: text, source: text })),
  digests: v.array(v.object({ name: text, digest: text, detail: maybe(text) })),
  versions: v.array(v.object({ name: text, version: text })),
  log: maybe(v.object({ file: text, text, complete: v.boolean() })),
}) satisfies v.GenericSchema<unknown, ReportModel>;

/** The report in parsed JSON, or a sentence that says what is wrong with it. */
export function parseReport(json: unknown): ReportModel | { readonly wrong: string } {
  const parsed = v.safeParse(reportSchema, json, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  return { wrong: `${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}` };
}
