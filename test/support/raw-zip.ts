import { constants, crc32, deflateRawSync } from 'node:zlib';
import { type EntryModel, entryOf, unicodePathField, zipOf } from './zip-model.ts';

/** An entry of a zip that no packer would write. */
export interface RawEntry {
  readonly name: string;
  readonly data: Uint8Array | string | Zeros;
  /** Unix mode with the file's type, e.g. `0o120777` for a link. */
  readonly mode?: number;
  readonly flags?: number;
  /** What the directory says of the unpacked size, where that is not the truth. */
  readonly declaredBytes?: number;
  /** Another name, in the extra field that some readers honour (0x7075). */
  readonly unicodePath?: string;
}

/** So many zero bytes: 16 MiB pieces, which a bomb has many of. */
export interface Zeros {
  readonly pieces: number;
}

const pieceBytes = 16 * 2 ** 20;

/** A zip of these entries exactly as given: names, types, order and duplicates are nobody's business. */
export function rawZip(entries: readonly RawEntry[]): Buffer {
  return zipOf({ entries: entries.map(modelOf) });
}

function modelOf({ name, data, mode, flags, declaredBytes, unicodePath }: RawEntry): EntryModel {
  const plain = isZeros(data)
    ? zerosOf(name, data)
    : deflated(name, Buffer.from(data as Uint8Array));
  return {
    ...plain,
    mode: mode ?? plain.mode,
    flags: flags ?? 0,
    size: declaredBytes ?? plain.size,
    extra: unicodePath === undefined ? plain.extra : unicodePathField(unicodePath, plain.name),
  };
}

function deflated(name: string, data: Buffer): EntryModel {
  return entryOf(name, data, 8, deflateRawSync(data, { level: 1 }));
}

function isZeros(data: RawEntry['data']): data is Zeros {
  return typeof data === 'object' && 'pieces' in data;
}

/** Packs one piece and repeats it: the pieces end at byte borders, and an empty block ends them all. */
function zerosOf(name: string, { pieces }: Zeros): EntryModel {
  const piece = Buffer.alloc(pieceBytes);
  const packed = deflateRawSync(piece, { finishFlush: constants.Z_SYNC_FLUSH });
  let checksum = 0;
  for (let done = 0; done < pieces; done++) checksum = crc32(piece, checksum);
  const all = Buffer.concat([...Array.from({ length: pieces }, () => packed), Buffer.from([3, 0])]);
  return { ...entryOf(name, Buffer.alloc(0), 8, all), crc32: checksum, size: pieces * pieceBytes };
}
