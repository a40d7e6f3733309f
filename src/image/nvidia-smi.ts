/** Runs `nvidia-smi` with arguments; `text` is all that it printed, and why it ended if it did not well. */
export type NvidiaSmi = (
  args: readonly string[],
) => Promise<{ readonly ok: boolean; readonly text: string }>;

/** The NVIDIA driver as `nvidia-smi` reports it. */
export interface NvidiaDriver {
  readonly version: string;
  /** The newest CUDA that the driver can run, e.g. `12.2`; drivers before 410 don't say. */
  readonly cuda?: string;
  /** Names of the GPUs, e.g. `NVIDIA A100-SXM4-40GB`. */
  readonly gpus: readonly string[];
}

/** Asks for the driver and the GPUs; a text where `nvidia-smi` fails, in its own words. */
export async function askNvidiaSmi(nvidiaSmi: NvidiaSmi): Promise<NvidiaDriver | string> {
  const [table, list] = await Promise.all([nvidiaSmi([]), nvidiaSmi(['-L'])]);
  if (!table.ok) return firstLines(table.text);
  const driver = parseTable(table.text);
  if (driver === undefined) return `its answer is not understood: ${firstLines(table.text)}`;
  return { ...driver, gpus: list.ok ? parseList(list.text) : [] };
}

/**
 * The head of the table that a bare `nvidia-smi` prints. Drivers since 610 write `KMD Version` and
 * `CUDA UMD Version` for what was `Driver Version` and `CUDA Version`.
 */
export function parseTable(text: string): Omit<NvidiaDriver, 'gpus'> | undefined {
  const version = /\b(?:Driver|KMD) Version:\s*(\d+(?:\.\d+)*)/.exec(text)?.[1];
  const cuda = /\bCUDA (?:UMD )?Version:\s*(\d+\.\d+)/.exec(text)?.[1];
  if (version === undefined) return undefined;
  return { version, ...(cuda !== undefined && { cuda }) };
}

/** The names in what `nvidia-smi -L` prints: `GPU 0: Tesla T4 (UUID: GPU-…)`. */
export function parseList(text: string): string[] {
  return [...text.matchAll(/^GPU \d+: (.*?)(?: \(UUID: .*\))?$/gm)].map(([, name = '']) => name);
}

function firstLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter(Boolean).slice(0, 3).join(' ') || 'it says nothing';
}

/** Whether version `a` is before `b`, part by part: `9.2` is before `11.3`. */
export function isBefore(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let part = 0; part < Math.max(left?.length ?? 0, right?.length ?? 0); part++) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
