import { join } from 'node:path';
import { systemCode, VscError } from '../errors.ts';
import { eachOf, isSystemError } from '../files.ts';
import { formatCount, formatSeconds } from '../progress/format.ts';
import { quoted } from '../progress/visible.ts';
import { videoFile } from './layout.ts';
import { lookAtMp4, type Mp4Look } from './mp4.ts';

/** What is wrong with some videos of a folder, seen from outside. */
export interface VideoFault {
  /** What they are, in words: `empty`, `cut off`. */
  readonly what: string;
  /** Sorted. */
  readonly ids: readonly string[];
  /** More on the first one. */
  readonly detail?: string;
}

/** Seconds by which a video may be shorter than its metadata say: containers round, and count sound. */
const slack = 1;

/** The faults that can be found, in the order in which they are told. */
const faults = {
  empty: 'empty',
  'no-mp4': 'not in the MP4 format',
  'cut-off': 'cut off',
  'no-frames': 'without a frame to decode',
  unreadable: 'unreadable',
  shorter: 'shorter than the metadata say',
} as const;

type FaultKind = keyof typeof faults;

/** Looks that are under way: each is many short calls of the system. */
const atOnce = 16;

/**
 * Looks at the containers of these videos, which have to be there, and decodes nothing. 8,000 took
 * 2.5 s on two cores, 7 s from a cold disk.
 *
 * @param durations seconds by id, for those whose length is to be compared
 * @throws the signal's reason
 */
export async function findVideoFaults(
  folder: string,
  ids: readonly string[],
  durations: ReadonlyMap<string, number>,
  signal?: AbortSignal,
): Promise<VideoFault[]> {
  const found = new Map<FaultKind, { id: string; detail?: string }[]>();
  const look = async (id: string) => {
    const fault = await faultOf(join(folder, videoFile(id)), durations.get(id));
    if (fault === undefined) return;
    const { kind, ...rest } = fault;
    const same = found.get(kind) ?? [];
    found.set(kind, same);
    same.push({ id, ...rest });
  };
  await eachOf(ids, look, signal, atOnce);
  const kinds = (Object.keys(faults) as FaultKind[]).filter((kind) => found.has(kind));
  return kinds.map((kind) => {
    const those = (found.get(kind) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
    const detail = those[0]?.detail;
    return {
      what: faults[kind],
      ids: those.map(({ id }) => id),
      ...(detail !== undefined && { detail }),
    };
  });
}

async function faultOf(
  path: string,
  expected: number | undefined,
): Promise<{ kind: FaultKind; detail?: string } | undefined> {
  try {
    return faultIn(await lookAtMp4(path), expected);
  } catch (error) {
    if (error instanceof VscError) return { kind: 'unreadable', detail: error.message };
    if (!isSystemError(error)) throw error;
    return { kind: 'unreadable', detail: systemCode(error) ?? '' };
  }
}

function faultIn(look: Mp4Look, expected: number | undefined) {
  switch (look.kind) {
    case 'sound': {
      const { seconds } = look;
      if (seconds === undefined || expected === undefined) return undefined;
      if (seconds >= expected - slack) return undefined;
      const detail = `${formatSeconds(seconds)} of ${formatSeconds(expected)}`;
      return { kind: 'shorter', detail } as const;
    }
    case 'empty':
      return { kind: 'empty' } as const;
    case 'no-mp4':
      return { kind: 'no-mp4', detail: `begins with ${quoted(look.begins)}` } as const;
    case 'cut-off': {
      const { missing } = look;
      const detail = missing === undefined ? {} : { detail: `${formatCount(missing)} bytes short` };
      return { kind: 'cut-off', ...detail } as const;
    }
    case 'no-frames':
      return { kind: 'no-frames', detail: look.why } as const;
  }
}

/** A fault for people, at most three of its videos by name: `3 are cut off (Q100001: …, Q100002, …)`. */
export function faultText({ what, ids, detail }: VideoFault): string {
  const [first = '', ...others] = ids;
  const names = fewOf([detail === undefined ? first : `${first}: ${detail}`, ...others]);
  return `${formatCount(ids.length)} ${ids.length === 1 ? 'is' : 'are'} ${what} (${names})`;
}

/** The first three, and whether there are more. */
export function fewOf(names: readonly string[]): string {
  return [...names.slice(0, 3), ...(names.length > 3 ? ['…'] : [])].join(', ');
}
