import * as v from 'valibot';
import { fileRoles, neededRoles, type Provenance, provenanceVersion } from './provenance.ts';

const text = v.pipe(v.string(), v.maxLength(16_384));
const texts = v.record(text, text);
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const count = v.pipe(amount, v.safeInteger());
const maybe = v.exactOptional;
const time = v.pipe(text, v.isoTimestamp());
const digest = {
  bytes: count,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is no SHA-256 (64 lower-case hex digits)')),
};

/** A path that stays in the folder that it is relative to, and is safe to print. */
const path = v.pipe(
  text,
  v.regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]+$/u, 'has characters that no path should have'),
  v.check(
    (name) => name.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'is no path inside a folder',
  ),
);

const limits = {
  memoryBytes: maybe(amount),
  cpus: maybe(amount),
  pids: maybe(amount),
  diskBytes: maybe(amount),
  seconds: maybe(amount),
};

const file = v.object({ role: v.picklist(fileRoles), path, ...digest });

const container = v.object({
  command: v.array(text),
  environment: texts,
  user: v.nullable(text),
  unprivileged: v.boolean(),
  network: text,
  gpus: text,
  shmBytes: amount,
  limits: v.object(limits),
  inputs: v.array(v.object({ source: text, target: text })),
  without: maybe(v.array(text)),
});

const shape = v.object({
  format: v.literal('vsc-provenance'),
  version: v.literal(provenanceVersion),
  outcome: v.picklist(['succeeded', 'failed']),
  failure: v.nullable(text),
  track: text,
  dataset: text,
  run: text,
  times: v.pipe(
    v.object({
      started: time,
      finished: time,
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
    engine: v.object({ product: text, version: text, api: text }),
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
  settings: v.array(v.object({ name: text, value: text, source: text })),
  preflight: v.picklist(['passed', 'skipped']),
  limits: v.object({ ...limits, logBytes: amount }),
  containers: v.array(container),
  counts: v.object({
    subsetQueries: count,
    absentVideos: count,
    runtime: v.record(text, v.number()),
  }),
  files: v.array(file),
  rankings: v.array(v.object({ name: path, pairs: count, ...digest })),
});

/** What a `provenance.json` has to look like; the compiler holds it to `Provenance`. */
const schema = v.pipe(
  shape,
  v.check(({ files }) => isUnique(files.map((f) => f.path)), 'files: one path is there twice'),
  v.check(
    ({ files }) => isUnique(files.flatMap(({ role }) => (role === 'video' ? [] : [role]))),
    'files: one role is there twice',
  ),
  v.check(
    ({ files }) => neededRoles.every((role) => files.some((f) => f.role === role)),
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
) satisfies v.GenericSchema<unknown, Provenance>;

/** The record in parsed JSON, or what is wrong with it. */
export function parseProvenance(json: unknown): Provenance | { readonly wrong: string } {
  const parsed = v.safeParse(schema, json, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue);
  return { wrong: where === null ? issue.message : `${where}: ${issue.message}` };
}

function isUnique(items: readonly string[]): boolean {
  return new Set(items).size === items.length;
}
