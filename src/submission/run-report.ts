import { readFile } from 'node:fs/promises';
import { systemCode } from '../errors.ts';

/** What the image's runtime says of a run; see `runtime/vsc_runtime`. Official images leave none. */
export interface RunReport {
  readonly stages: ReadonlyArray<{ readonly name: string; readonly seconds: number }>;
  readonly counts: Readonly<Record<string, number>>;
  readonly peakMemoryBytes?: number;
  readonly failure?: { readonly stage: string; readonly message: string };
}

/** The report at `path`, or undefined where there is none or it is not of this form. */
export async function readRunReport(path: string): Promise<RunReport | undefined> {
  try {
    return parseRunReport(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function parseRunReport(json: unknown): RunReport | undefined {
  if (!isRecord(json) || json.version !== 1 || !Array.isArray(json.stages)) return undefined;
  const peak = json.peak_memory_bytes;
  const failure = isRecord(json.failure) ? json.failure : undefined;
  return {
    stages: json.stages.flatMap((stage) =>
      isRecord(stage) && typeof stage.name === 'string' && typeof stage.seconds === 'number'
        ? [{ name: stage.name, seconds: stage.seconds }]
        : [],
    ),
    counts: isRecord(json.counts) ? numbersOf(json.counts) : {},
    ...(typeof peak === 'number' && { peakMemoryBytes: peak }),
    ...(failure && {
      failure: { stage: String(failure.stage), message: String(failure.message) },
    }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numbersOf(record: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(record).filter((pair): pair is [string, number] => typeof pair[1] === 'number'),
  );
}
