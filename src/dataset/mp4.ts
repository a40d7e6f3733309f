import type { FileHandle } from 'node:fs/promises';
import { openFile } from '../places.ts';

/** What the boxes of an MP4 file tell of it, without decoding anything. */
export type Mp4Look =
  /** Nothing speaks against it. `seconds` is unknown where the file doesn't say. */
  | { readonly kind: 'sound'; readonly seconds?: number }
  | { readonly kind: 'empty' }
  /** It doesn't begin as such files do; `begins` is what it begins with, as text. */
  | { readonly kind: 'no-mp4'; readonly begins: string }
  /** It ends before its boxes do. */
  | { readonly kind: 'cut-off'; readonly missing?: number }
  /** It is whole, and no decoder finds frames in it. */
  | { readonly kind: 'no-frames'; readonly why: string };

/** Types that files in this format begin with (ISO/IEC 14496-12, and QuickTime's own). */
const firstTypes = new Set([
  'ftyp',
  'styp',
  'moov',
  'mdat',
  'wide',
  'free',
  'skip',
  'pnot',
  'uuid',
]);

/** Types of the boxes that may follow; what else follows a whole file was appended. */
const laterTypes = new Set([...firstTypes, 'moof', 'mfra', 'sidx', 'ssix', 'meta', 'udta']);

/** Boxes that hold boxes, as far as they lead to what is looked for. */
const containers = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'mvex']);

/** Most boxes that are looked at: an hour in fragments of a second has 7,200. */
const maxBoxes = 10_000;

/**
 * Looks at an MP4 file's boxes: a few reads of some hundred bytes, wherever the index (`moov`) stands
 * and whatever sizes the boxes declare.
 * @throws the system's errors; EnvironmentError for what is no file
 */
export async function lookAtMp4(path: string): Promise<Mp4Look> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    return size === 0 ? { kind: 'empty' } : await look(new Window(file, size));
  } finally {
    await file.close();
  }
}

/** A box: its type, where its content begins, and where it says it ends, which may be anywhere. */
interface Box {
  readonly type: string;
  readonly content: number;
  readonly end: number;
}

/** What the boxes have told so far. */
interface Told {
  hasIndex: boolean;
  hasMedia: boolean;
  isFragmented: boolean;
  /** Of the presentation; 0 where that isn't known. */
  seconds: number;
  /** Of a fragmented file's segments together, by track. */
  segmentSeconds: Map<number, number>;
  /** Units a second of the presentation, for the boxes that count in them. */
  timescale: number;
  tracks: Track[];
}

interface Track {
  kind: string;
  coding: string;
  /** Undefined where no box counts them. */
  samples: number | undefined;
}

async function look(window: Window): Promise<Mp4Look> {
  const told: Told = {
    hasIndex: false,
    hasMedia: false,
    isFragmented: false,
    seconds: 0,
    segmentSeconds: new Map(),
    timescale: 0,
    tracks: [],
  };
  /** Where what holds the current box ends, the outermost first. */
  const ends = [window.size];
  let boxes = 0;
  for (let at = 0; ends.length > 0 && boxes < maxBoxes; boxes += 1) {
    const to = ends.at(-1) ?? 0;
    const box = at < to ? await readBox(window, at, to) : undefined;
    const fault =
      ends.length === 1
        ? await faultAtTop(window, at, box, told)
        : box !== undefined && box.end > to && damaged;
    if (fault) return fault;
    if (box === undefined || box.end > to) {
      at = to;
      ends.pop();
      continue;
    }
    await learn(window, box, told);
    const isContainer = containers.has(box.type);
    if (isContainer) ends.push(box.end);
    at = isContainer ? box.content : box.end;
  }
  return verdict(told, boxes === maxBoxes);
}

/** What is wrong with the outermost box at `at`; where there is none, the file may have ended there. */
async function faultAtTop(
  window: Window,
  at: number,
  box: Box | undefined,
  told: Told,
): Promise<Mp4Look | undefined> {
  if (at === 0 && !firstTypes.has(box?.type ?? '')) {
    return { kind: 'no-mp4', begins: (await window.read(0, 16)).toString('latin1') };
  }
  // What isn't a box may be a filling, or appended; where something is missing yet, it is that.
  if (box === undefined) return isComplete(told) ? undefined : cutOff();
  if (box.end <= window.size) return undefined;
  const isAppended = isComplete(told) && !laterTypes.has(box.type);
  return isAppended ? undefined : cutOff(box.end - window.size);
}

const damaged: Mp4Look = { kind: 'no-frames', why: 'its index is damaged' };

/** Files with the index at the end lose it first; a file with it in front loses the rest. */
function isComplete({ hasIndex, hasMedia }: Told): boolean {
  return hasIndex && hasMedia;
}

function cutOff(missing?: number): Mp4Look {
  return { kind: 'cut-off', ...(missing !== undefined && { missing }) };
}

function verdict(told: Told, isPartial: boolean): Mp4Look {
  const { isFragmented, tracks } = told;
  if (!isPartial && !isComplete(told)) return cutOff();
  const videos = tracks.filter(({ kind }) => kind === 'vide');
  if (told.hasIndex && videos.length === 0) return { kind: 'no-frames', why: 'no video track' };
  if (videos.length > 0 && videos.every(({ coding }) => coding === 'encv')) {
    return { kind: 'no-frames', why: 'encrypted' };
  }
  if (!isFragmented && videos.length > 0 && videos.every(({ samples }) => samples === 0)) {
    return { kind: 'no-frames', why: 'a video track without frames' };
  }
  const whole = told.seconds || Math.max(0, ...told.segmentSeconds.values());
  return whole > 0 ? { kind: 'sound', seconds: whole } : { kind: 'sound' };
}

/** The box at `at`; undefined where there is no room for one, or none is there. */
async function readBox(window: Window, at: number, to: number): Promise<Box | undefined> {
  const head = await window.read(at, 16);
  if (head.length < 8 || at + 8 > to) return undefined;
  const type = head.toString('latin1', 4, 8);
  const short = head.readUInt32BE(0);
  if (!/^[\x20-\x7e\xa9]{4}$/.test(type)) return undefined;
  if (short === 0) return { type, content: at + 8, end: to };
  if (short !== 1) return short < 8 ? undefined : { type, content: at + 8, end: at + short };
  if (head.length < 16) return undefined;
  // Beyond 2^53 it is not exact, and the file is shorter all the same.
  const long = Number(head.readBigUInt64BE(8));
  return long < 16 ? undefined : { type, content: at + 16, end: at + long };
}

/** Takes from a box what it tells; one that is too short for it tells nothing. */
async function learn(window: Window, { type, content, end }: Box, told: Told): Promise<void> {
  if (type === 'moov') told.hasIndex = true;
  if (type === 'mdat') told.hasMedia = true;
  if (type === 'moof' || type === 'mvex') told.isFragmented = true;
  if (type === 'trak') told.tracks.push({ kind: '', coding: '', samples: undefined });
  const reader = readers[type];
  if (reader === undefined) return;
  const length = Math.min(reader.length, end - content);
  reader.learn(await window.read(content, length), told);
}

/** What is learnt of a box from as many of its first bytes. */
interface Reader {
  readonly length: number;
  readonly learn: (bytes: Buffer, told: Told) => void;
}

const sampleSizes: Reader = {
  length: 12,
  learn: (bytes, { tracks }) => {
    const track = tracks.at(-1);
    if (track && bytes.length === 12) track.samples = bytes.readUInt32BE(8);
  },
};

const readers: Readonly<Record<string, Reader>> = {
  mvhd: { length: 32, learn: learnLength },
  mehd: {
    length: 12,
    learn: (bytes, told) => {
      const units = duration(bytes, 4);
      if (units !== undefined && told.timescale > 0) told.seconds ||= units / told.timescale;
    },
  },
  hdlr: {
    length: 12,
    learn: (bytes, { tracks }) => {
      const track = tracks.at(-1);
      if (track) track.kind ||= bytes.toString('latin1', 8);
    },
  },
  stsd: {
    length: 16,
    learn: (bytes, { tracks }) => {
      const track = tracks.at(-1);
      if (track) track.coding = bytes.toString('latin1', 12);
    },
  },
  stsz: sampleSizes,
  stz2: sampleSizes,
  sidx: { length: 64_000, learn: learnSegments },
};

/** `mvhd`: version, two dates, units a second, and the length in these. */
function learnLength(bytes: Buffer, told: Told): void {
  const at = bytes[0] === 1 ? 20 : 12;
  if (bytes.length < at + 8) return;
  told.timescale = bytes.readUInt32BE(at);
  const units = duration(bytes, at + 4);
  if (units !== undefined && told.timescale > 0) told.seconds = units / told.timescale;
}

/** A number of 32 or, in version 1, 64 bits; undefined for all ones, which mean that it isn't known. */
function duration(bytes: Buffer, at: number): number | undefined {
  const isLong = bytes[0] === 1;
  if (bytes.length < at + (isLong ? 8 : 4)) return undefined;
  const units = isLong ? Number(bytes.readBigUInt64BE(at)) : bytes.readUInt32BE(at);
  return units >= (isLong ? 2 ** 63 : 2 ** 32 - 1) ? undefined : units;
}

/** `sidx`: the lengths of segments of one track; there may be several such boxes. */
function learnSegments(bytes: Buffer, { segmentSeconds }: Told): void {
  const first = bytes[0] === 1 ? 28 : 20;
  if (bytes.length < first + 4) return;
  const [track, timescale] = [bytes.readUInt32BE(4), bytes.readUInt32BE(8)];
  const end = first + 4 + 12 * bytes.readUInt16BE(first + 2);
  if (timescale === 0 || bytes.length < end) return;
  let units = 0;
  for (let at = first + 4; at < end; at += 12) {
    const isOfIndexes = bytes.readUInt8(at) >= 0x80;
    if (!isOfIndexes) units += bytes.readUInt32BE(at + 4);
  }
  segmentSeconds.set(track, (segmentSeconds.get(track) ?? 0) + units / timescale);
}

/** What is read of a file at once: an index's boxes are near each other. */
const windowLength = 4096;

/** A file through which a small window moves. */
class Window {
  readonly size: number;
  readonly #file: FileHandle;
  #start = 0;
  #bytes = Buffer.alloc(0);

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** As many of the bytes from `at` on as there are. */
  async read(at: number, length: number): Promise<Buffer> {
    const from = at - this.#start;
    const wanted = Math.max(0, Math.min(length, this.size - at));
    if (from >= 0 && from + wanted <= this.#bytes.length) {
      return this.#bytes.subarray(from, from + wanted);
    }
    const buffer = Buffer.alloc(Math.max(wanted, windowLength));
    const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, at);
    this.#start = at;
    this.#bytes = buffer.subarray(0, bytesRead);
    return this.#bytes.subarray(0, wanted);
  }
}
