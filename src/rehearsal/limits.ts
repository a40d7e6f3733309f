import type { Limits } from '../engine/port.ts';
import { UsageError } from '../errors.ts';

/** What a submission may use at most, as the command line gives it; each undefined for the default. */
export interface LimitTexts {
  readonly memory?: string | undefined;
  readonly cpus?: string | undefined;
  readonly pids?: string | undefined;
  readonly disk?: string | undefined;
  readonly timeLimit?: string | undefined;
  readonly logLimit?: string | undefined;
}

/** The limits of a run: the container's, and the log's in bytes. */
export interface RunLimits {
  readonly container: Limits;
  readonly logBytes: number;
}

/** Enough for data loaders and BLAS threads, and too few for a fork bomb to hurt. */
const defaultPids = 2048;
const defaultDisk = '40g';
const defaultLog = '100m';

/** @throws UsageError for a text that is no number of that kind */
export function parseLimits(texts: LimitTexts): RunLimits {
  const { memory, cpus, pids, timeLimit } = texts;
  return {
    container: {
      ...(memory !== undefined && { memoryBytes: parseSize('--memory', memory) }),
      ...(cpus !== undefined && { cpus: parsePositive('--cpus', cpus) }),
      pids: pids === undefined ? defaultPids : Math.ceil(parsePositive('--pids', pids)),
      diskBytes: parseSize('--disk', texts.disk ?? defaultDisk),
      ...(timeLimit !== undefined && { seconds: parseDuration('--time-limit', timeLimit) }),
    },
    logBytes: parseSize('--log-limit', texts.logLimit ?? defaultLog),
  };
}

/** Limits with the organisers' time: so many seconds for each query of the subset. */
export function withOfficialTime(limits: RunLimits, secondsPerQuery: number, queries: number) {
  const seconds = secondsPerQuery * Math.max(1, queries);
  return { ...limits, container: { ...limits.container, seconds } };
}

const units = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 } as const;

/** Bytes in `512m`, `16g`, `1.5G`, as the Docker command line writes sizes. */
export function parseSize(flag: string, text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)([kmgt]?)i?b?$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(amount) * units[unit.toLowerCase() as keyof typeof units]);
  if (amount === '' || bytes <= 0) throw notOne(flag, text, 'a size such as 512m or 16g');
  return bytes;
}

/** Seconds in `90`, `90s`, `30m`, `2h`. */
export function parseDuration(flag: string, text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)([smh]?)$/i.exec(text.trim()) ?? [];
  const seconds = Number(amount) * { '': 1, s: 1, m: 60, h: 3600 }[unit.toLowerCase() as 's'];
  if (amount === '' || seconds <= 0) throw notOne(flag, text, 'a time such as 90s, 30m or 2h');
  return seconds;
}

function parsePositive(flag: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw notOne(flag, text, 'a number above 0');
  return value;
}

function notOne(flag: string, text: string, what: string): UsageError {
  return new UsageError(`${flag} is "${text}".`, [`Allowed: ${what}.`]);
}
