import * as v from 'valibot';
import { shortened } from '../progress/visible.ts';
import type { Measured, NotCompared } from '../reproduction/reproduction.ts';

/** What the image's runtime says of a run; see `runtime/vsc_runtime`. Official images leave none. */
export interface RuntimeReport {
  readonly stages: ReadonlyArray<{ readonly name: string; readonly seconds: number }>;
  readonly counts: Readonly<Record<string, number>>;
  /** Of python, numpy, faiss and the runtime itself. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly peakMemoryBytes?: number;
  /** Undefined where main.py did not run, or not to its end. */
  readonly mainExitCode?: number;
  /** Only of the scoring, and where there was something to compare. */
  readonly reproduction?: Measured | NotCompared;
  readonly failure?: { readonly stage: string; readonly kind: string; readonly message: string };
}

/** Longer than any run, in seconds: ten years. */
const LONGEST = 10 * 366 * 86_400;
/** More memory than any machine has: 16 TiB. */
const MOST_MEMORY = 2 ** 44;
/** More than any image has, of stages, counts and versions. */
const MOST_ITEMS = 40;
const MOST_MESSAGE = 2000;

const name = v.pipe(v.string(), v.regex(/^[a-z_]{1,40}$/));
const version = v.pipe(v.string(), v.regex(/^[\w.+-]{1,40}$/));
const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(LONGEST));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const similarity = v.pipe(v.number(), v.minValue(-1), v.maxValue(1));
const ratio = v.pipe(v.number(), v.finite(), v.minValue(0));
const video = v.pipe(v.string(), v.maxLength(100));

/** A count is null until it is known, a version where a package does not tell. */
const few = <Item extends v.GenericSchema<unknown, unknown>>(item: Item) =>
  v.pipe(v.record(name, v.nullable(item)), v.maxEntries(MOST_ITEMS));

const measured = v.object({
  videos: v.object({ both: count, only_submitted: count, only_made: count }),
  vectors: v.object({ submitted: count, made: count, matched: count }),
  dimensions: v.object({ submitted: count, made: count }),
  cosine: v.nullable(v.object({ mean: similarity, min: similarity })),
  length_ratio: v.nullable(v.object({ min: ratio, max: ratio })),
  max_time_difference: v.nullable(ratio),
  worst_videos: v.pipe(
    v.array(
      v.object({
        video,
        submitted: count,
        made: count,
        matched: count,
        mean_cosine: v.nullable(similarity),
        agreement: similarity,
      }),
    ),
    v.maxLength(MOST_ITEMS),
  ),
});

/** What a report has to look like; anything else in it is passed over. */
const schema = v.object({
  version: v.literal(1),
  stages: v.pipe(v.array(v.object({ name, seconds })), v.maxLength(MOST_ITEMS)),
  counts: few(count),
  versions: v.exactOptional(few(version)),
  peak_memory_bytes: v.exactOptional(v.nullable(v.pipe(count, v.maxValue(MOST_MEMORY)))),
  main: v.exactOptional(v.nullable(v.object({ exit_code: v.pipe(count, v.maxValue(255)) }))),
  reproduction: v.exactOptional(
    v.nullable(v.union([measured, v.object({ not_compared: v.string() })])),
  ),
  failure: v.exactOptional(
    v.nullable(
      v.object({ stage: name, kind: v.pipe(v.string(), v.maxLength(40)), message: v.string() }),
    ),
  ),
});

/** Reads a report; undefined where it is not of this form: what ran in its container may write it. */
export function parseRuntimeReport(text: string): RuntimeReport | undefined {
  const parsed = v.safeParse(schema, jsonOf(text), { abortEarly: true });
  if (!parsed.success) return undefined;
  const {
    stages,
    counts,
    versions,
    peak_memory_bytes: peak,
    main,
    failure,
    reproduction,
  } = parsed.output;
  return {
    stages,
    counts: known(counts),
    ...(versions && { versions: known(versions) }),
    ...(peak && { peakMemoryBytes: peak }),
    ...(main && { mainExitCode: main.exit_code }),
    ...(reproduction && { reproduction: reproductionOf(reproduction) }),
    ...(failure && { failure: { ...failure, message: shortened(failure.message, MOST_MESSAGE) } }),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON, or nested too deeply
  }
}

function known<Value>(record: Readonly<Record<string, Value | null>>): Record<string, Value> {
  const entries = Object.entries(record).filter(
    (entry): entry is [string, Value] => entry[1] !== null,
  );
  return Object.fromEntries(entries);
}

function reproductionOf(
  told: v.InferOutput<typeof measured> | { readonly not_compared: string },
): Measured | NotCompared {
  if ('not_compared' in told)
    return { verdict: 'not compared', why: shortened(told.not_compared, MOST_MESSAGE) };
  const { only_submitted: onlySubmitted, only_made: onlyMade, both } = told.videos;
  return {
    videos: { both, onlySubmitted, onlyMade },
    vectors: told.vectors,
    dimensions: told.dimensions,
    cosine: told.cosine,
    lengthRatio: told.length_ratio,
    maxTimeDifference: told.max_time_difference,
    worstVideos: told.worst_videos.map(({ mean_cosine: meanCosine, ...rest }) => ({
      ...rest,
      meanCosine,
    })),
  };
}

/** By how much the clocks of a container and of the engine may disagree, in seconds. */
const CLOCK_SLACK = 1;

/** A report as far as it may be believed. */
export interface Believed {
  readonly report: RuntimeReport | undefined;
  /** What was told and can't be, in a sentence; undefined where nothing was. */
  readonly doubt?: string;
}

/**
 * Holds the report of a container in which the submission's code ran against what is known of it from
 * outside: where it is no report, or its times are longer than the container lived, the time that was
 * measured here takes the place of its stages. What only the scoring can tell is none of its business.
 *
 * @param seconds measured, from the container's start to its end
 */
export function believable(report: RuntimeReport | undefined, seconds: number): Believed {
  const { reproduction: _, ...told } = report ?? { stages: [], counts: {} };
  const sum = told.stages.reduce((total, stage) => total + stage.seconds, 0);
  if (report !== undefined && sum <= seconds + CLOCK_SLACK) return { report: told };
  const why =
    report === undefined
      ? 'The container of main.py left no report that can be read'
      : 'The container of main.py reports times that are longer than it ran';
  return {
    report: { ...told, stages: [{ name: 'main', seconds }] },
    doubt: `${why}: the time shown for it was measured from outside.`,
  };
}

/** What two containers report of one run: the first ran the code, the second scored. */
export function joinReports(
  first: RuntimeReport | undefined,
  second: RuntimeReport | undefined,
): RuntimeReport | undefined {
  if (first === undefined || second === undefined) return second ?? first;
  const peak = Math.max(first.peakMemoryBytes ?? 0, second.peakMemoryBytes ?? 0);
  return {
    ...first,
    ...second,
    stages: [...first.stages, ...second.stages.filter(({ name }) => name !== 'unpack')],
    ...(peak > 0 && { peakMemoryBytes: peak }),
  };
}
