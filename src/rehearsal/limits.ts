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

/** What engines and kernels take, and what the runtime itself needs beside the code. */
const allowed = {
  memory: { from: '6m', to: '8191t' },
  cpus: { from: '0.01', to: '8192' },
  pids: { from: '16', to: '4194304' },
  disk: { from: '1m', to: '8191t' },
  time: { from: '1s', to: '87600h' },
  log: { from: '1', to: '8191t' },
} as const;

/** @throws UsageError for a text that is no number of that kind, or one that nobody can mean */
export function parseLimits(texts: LimitTexts): RunLimits {
  const { memory, cpus, pids, timeLimit } = texts;
  return {
    container: {
      ...(memory !== undefined && {
        memoryBytes: parse('--memory', memory, bytes, allowed.memory),
      }),
      ...(cpus !== undefined && { cpus: parse('--cpus', cpus, amount, allowed.cpus) }),
      pids: pids === undefined ? defaultPids : parse('--pids', pids, count, allowed.pids),
      diskBytes: parse('--disk', texts.disk ?? defaultDisk, bytes, allowed.disk),
      ...(timeLimit !== undefined && {
        seconds: parse('--time-limit', timeLimit, seconds, allowed.time),
      }),
    },
    logBytes: parse('--log-limit', texts.logLimit ?? defaultLog, bytes, allowed.log),
  };
}

/** A flag that is a number of things, from 1 on. @throws UsageError */
export function parseCount(flag: string, text: string, most: number): number {
  return parse(flag, text, count, { from: '1', to: String(most) });
}

/** A flag that is a time, in seconds. @throws UsageError */
export function parseTime(flag: string, text: string): number {
  return parse(flag, text, seconds, allowed.time);
}

/** Limits with the organisers' time: so many seconds for each query of the subset. */
export function withOfficialTime(limits: RunLimits, secondsPerQuery: number, queries: number) {
  const seconds = secondsPerQuery * Math.max(1, queries);
  return { ...limits, container: { ...limits.container, seconds } };
}

/** How limits of a kind are written. */
interface Kind {
  /** For people. */
  readonly name: string;
  /** Undefined for a text that is none. */
  readonly read: (text: string) => number | undefined;
}

const sizeUnits = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 } as const;
const timeUnits = { s: 1, m: 60, h: 3600 } as const;

/** Bytes in `512m`, `16g`, `1.5G`, as the Docker command line writes sizes. */
const bytes: Kind = {
  name: 'a size such as 512m or 16g',
  read(text) {
    const [, whole, fraction, unit] =
      /^(?:(\d+)|(\d+\.\d+)(?=[kmgt]))([kmgt]?)i?b?$/i.exec(text) ?? [];
    return times(whole ?? fraction, sizeUnits, unit, Math.floor);
  },
};

/** Seconds in `90`, `90s`, `30m`, `2h`. */
const seconds: Kind = {
  name: 'a time such as 90s, 30m or 2h',
  read(text) {
    const [, number, unit] = /^(\d+(?:\.\d+)?)([smh]?)$/i.exec(text) ?? [];
    return times(number, timeUnits, unit);
  },
};

const count: Kind = { name: 'a whole number', read: (text) => times(/^\d+$/.exec(text)?.[0]) };

const amount: Kind = {
  name: 'a number',
  read: (text) => times(/^\d*\.?\d+$/.exec(text)?.[0]),
};

function times(
  number: string | undefined,
  units: Readonly<Record<string, number>> = {},
  unit = '',
  round = (value: number) => value,
): number | undefined {
  return number === undefined
    ? undefined
    : round(Number(number) * (units[unit.toLowerCase()] ?? 1));
}

function parse(
  flag: string,
  text: string,
  { name, read }: Kind,
  range: { readonly from: string; readonly to: string },
): number {
  const value = read(text.trim());
  const [least = 0, most = 0] = [read(range.from), read(range.to)];
  if (value !== undefined && value >= least && value <= most) return value;
  const allowed = `Allowed: ${name}, from ${range.from} to ${range.to}.`;
  throw new UsageError(`${flag} is "${text}".`, [allowed]);
}
