import { MalformedFile } from './malformed.ts';

/** One array of an npz. */
export interface NpzMember {
  /** Without `.npy`. */
  readonly name: string;
  /** In bytes, header included, as the zip declares it. */
  readonly size: number;
  /** The array's bytes, unpacked; verified once they are read to their end. */
  chunks(): AsyncGenerator<Uint8Array, void, void>;
}

/** More than this in an npz are not looked at; three are needed. */
export const MAX_MEMBERS = 10_000;
const NPY_START = '\x93NUM';
const PICKLE_PROTOCOL = 0x80;
const SAVEZ = 'numpy.savez(file, video_ids=…, timestamps=…, features=…)';

/** Says what a file is instead, from its first four bytes. Throws {@link MalformedFile} unless a zip. */
export function assertZipStart(start: Buffer): void {
  if (start.length === 0) throw new MalformedFile('It is empty.');
  if (start.subarray(0, 2).toString('latin1') === 'PK') return;
  if (start.toString('latin1').startsWith(NPY_START)) {
    throw new MalformedFile('It is a single .npy array, not an npz.', { fix: SAVEZ });
  }
  if (start[0] === PICKLE_PROTOCOL) {
    throw new MalformedFile('It is a pickle, not an npz; pickles are never loaded.', {
      fix: SAVEZ,
    });
  }
  throw new MalformedFile('It is not an npz (a zip of numpy arrays).');
}
