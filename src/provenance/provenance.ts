import * as v from 'valibot';
import type { Limits } from '../engine/port.ts';
import type { RankingDigest } from './digests.ts';

/** Version of the form below. A change that old readers would misread raises it. */
export const provenanceVersion = 1;

/** Without these a record says nothing of a run. */
const neededRoles = ['submission', 'query_metadata', 'reference_metadata', 'query_subset'] as const;

/** What a file can be to a run. Every role but `video` is there once or not at all. */
const fileRoles = [
  ...neededRoles,
  'ground_truth',
  'subset_ground_truth',
  'video',
  'subset_descriptors',
  'subset_matches',
  'log',
  'result_archive',
] as const;

const text = v.pipe(v.string(), v.maxLength(16_384));
const texts = v.record(text, text);
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const count = v.pipe(amount, v.safeInteger());
const time = v.pipe(text, v.isoTimestamp());

/** A path that stays in the folder that it is relative to, and is safe to print. */
const path = v.pipe(
  text,
  v.regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]+$/u, 'has characters that no path should have'),
  v.check(
    (name) => name.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'is no path inside a folder',
  ),
);

const digest = {
  bytes: count,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is no SHA-256 (64 lower-case hex digits)')),
};

const limits = v.object({
  memoryBytes: v.exactOptional(amount),
  cpus: v.exactOptional(amount),
  pids: v.exactOptional(amount),
  diskBytes: v.exactOptional(amount),
  seconds: v.exactOptional(amount),
}) satisfies v.GenericSchema<unknown, Limits>;

const container = v.object({
  /** None for the image's own. */
  command: v.array(text),
  environment: texts,
  user: v.nullable(text),
  unprivileged: v.boolean(),
  network: text,
  gpus: text,
  shmBytes: amount,
  limits,
  /** What it was given to read: `source` relative to the project directory. */
  inputs: v.array(v.object({ source: text, target: text })),
  /** What the engine could not give it and it ran without: `init`. Absent where that is nothing. */
  without: v.exactOptional(v.array(text)),
});

const ranking = v.object({
  name: path,
  pairs: count,
  ...digest,
}) satisfies v.GenericSchema<unknown, RankingDigest>;

const shape = v.object({
  format: v.literal('vsc-provenance'),
  version: v.literal(provenanceVersion),
  outcome: v.picklist(['succeeded', 'failed']),
  /** Why it failed, in a sentence; null where it did not. */
  failure: v.nullable(text),
  /** The competition and its track, in words. */
  track: text,
  dataset: text,
  /** Tells this run from any other. */
  run: text,
  times: v.pipe(
    v.object({
      started: time,
      finished: time,
      /** Null, and no stages, where the run failed or its image does not tell. */
      containerSeconds: v.nullable(amount),
      stages: v.array(v.object({ name: text, seconds: amount })),
    }),
    v.check(
      ({ started, finished }) => Date.parse(started) <= Date.parse(finished),
      'the end is before the start',
    ),
  ),
  versions: v.object({
    vsc: text,
    node: text,
    platform: text,
    /** Not where it is, which may name a user or a host. */
    engine: v.object({ product: text, version: text, api: text }),
    /** As the image's runtime tells: python, numpy, faiss, vsc_runtime. */
    runtime: texts,
  }),
  image: v.object({
    name: text,
    id: text,
    repoDigests: v.array(text),
    labels: texts,
    kind: v.picklist(['named', 'local', 'official', 'slim']),
    why: text,
  }),
  /** Each with what set it: a flag, a variable or `default`. */
  settings: v.array(v.object({ name: text, value: text, source: text })),
  preflight: v.picklist(['passed', 'skipped']),
  limits: v.object({ ...limits.entries, logBytes: amount }),
  containers: v.array(container),
  counts: v.object({
    subsetQueries: count,
    /** Those of them whose video was not there. */
    absentVideos: count,
    /** As the image's runtime counted: descriptors, videos, pairs. */
    runtime: v.record(text, v.number()),
  }),
  /** What the run used or made; `path` is relative to the project directory, with `/`. */
  files: v.array(v.object({ role: v.picklist(fileRoles), path, ...digest })),
  /** Inside the result archive; none where the run failed. */
  rankings: v.array(ranking),
});

const isUnique = (items: readonly string[]) => new Set(items).size === items.length;

/** What a `provenance.json` has to look like. */
const schema = v.pipe(
  shape,
  v.check(
    ({ files }) => isUnique(files.map((file) => file.path)),
    'files: one path is there twice',
  ),
  v.check(
    ({ files }) => isUnique(files.flatMap(({ role }) => (role === 'video' ? [] : [role]))),
    'files: one role is there twice',
  ),
  v.check(
    ({ files }) => neededRoles.every((needed) => files.some(({ role }) => role === needed)),
    `files: one of ${neededRoles.join(', ')} is missing`,
  ),
  v.check(
    ({ outcome, files }) =>
      (outcome === 'succeeded') === files.some(({ role }) => role === 'result_archive'),
    'files: a run that succeeded has a result_archive, and one that failed has none',
  ),
  v.check(({ rankings }) => isUnique(rankings.map(({ name }) => name)), 'rankings: a name twice'),
  v.check(
    ({ outcome, failure }) => (outcome === 'failed') === (failure !== null),
    'failure: a run that failed says why, and one that succeeded says nothing',
  ),
);

type DeepReadonly<Value> = { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> };

/**
 * What exactly ran, on what, and what came out: the content of `submission/provenance.json`, as
 * `docs/provenance.md` describes it. Sizes are bytes, durations seconds, times ISO 8601 in UTC.
 */
export type Provenance = DeepReadonly<v.InferOutput<typeof schema>>;

/** A file that the run used or made. */
export type RecordedFile = Provenance['files'][number];

/** What a file was to the run. */
export type FileRole = RecordedFile['role'];

/** A container as it was asked for, without this machine's paths and names. */
export type RecordedContainer = Provenance['containers'][number];

/** A setting and what set it: a flag, a variable or `default`. */
export type RecordedSetting = Provenance['settings'][number];

/** The record in parsed JSON, or what is wrong with it. */
export function parseProvenance(json: unknown): Provenance | { readonly wrong: string } {
  const parsed = v.safeParse(schema, json, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue);
  return { wrong: where === null ? issue.message : `${where}: ${issue.message}` };
}
