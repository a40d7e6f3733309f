import { shortened } from '../progress/visible.ts';

/** What the image's runtime says of a run; see `runtime/vsc_runtime`. Official images leave none. */
export interface RuntimeReport {
  readonly stages: ReadonlyArray<{ readonly name: string; readonly seconds: number }>;
  readonly counts: Readonly<Record<string, number>>;
  /** Of python, numpy, faiss and the runtime itself. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly peakMemoryBytes?: number;
  /** Undefined where main.py did not run, or not to its end. */
  readonly mainExitCode?: number;
  readonly failure?: { readonly stage: string; readonly kind: string; readonly message: string };
}

/** Reads a report; undefined where it is not of this form: what ran in its container may write it. */
export function parseRuntimeReport(text: string): RuntimeReport | undefined {
  try {
    return fromJson(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
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

function fromJson(json: unknown): RuntimeReport | undefined {
  if (!isRecord(json) || json.version !== 1 || !Array.isArray(json.stages)) return undefined;
  const peak = json.peak_memory_bytes;
  const failure = isRecord(json.failure) ? json.failure : undefined;
  const mainExitCode = isRecord(json.main) ? json.main.exit_code : undefined;
  return {
    stages: json.stages
      .slice(0, maxStages)
      .flatMap((stage) =>
        isRecord(stage) && isName(stage.name) && isAmount(stage.seconds)
          ? [{ name: stage.name, seconds: stage.seconds }]
          : [],
      ),
    counts: isRecord(json.counts) ? valuesOf(json.counts, isAmount) : {},
    ...(isRecord(json.versions) && { versions: valuesOf(json.versions, isVersion) }),
    ...(isAmount(peak) && { peakMemoryBytes: peak }),
    ...(typeof mainExitCode === 'number' && { mainExitCode }),
    ...(failure && {
      failure: {
        stage: textOf(failure.stage),
        kind: textOf(failure.kind),
        message: textOf(failure.message),
      },
    }),
  };
}

/** More stages than any image has; beyond them a report was made up by what ran in the container. */
const maxStages = 40;

function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z_]{1,40}$/.test(value);
}

/** A time, a size or a number: none is so large that adding some of them up would leave the numbers. */
function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

/** A text for a terminal: one line of a bearable length, in which all can be seen. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? shortened(value, 2000) : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isVersion(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.+-]{1,40}$/.test(value);
}

/** The entries with our kind of name whose values are of a kind. */
function valuesOf<Value>(
  record: Record<string, unknown>,
  isOne: (value: unknown) => value is Value,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(record).filter(
      (pair): pair is [string, Value] => isName(pair[0]) && isOne(pair[1]),
    ),
  );
}
