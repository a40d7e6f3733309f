import { constants, crc32, deflateRawSync } from 'node:zlib';

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

interface Packed {
  readonly packed: Buffer;
  readonly checksum: number;
  readonly size: number;
}

const pieceBytes = 16 * 2 ** 20;

function pack(data: Uint8Array | string | Zeros): Packed {
  if (typeof data === 'object' && 'pieces' in data) return packZeros(data);
  const plain = Buffer.from(data as Uint8Array);
  const packed = deflateRawSync(plain, { level: 1 });
  return { packed, checksum: crc32(plain), size: plain.length };
}

/** Packs one piece and repeats it: the pieces end at byte borders, and an empty block ends them all. */
function packZeros({ pieces }: Zeros): Packed {
  const piece = Buffer.alloc(pieceBytes);
  const packed = deflateRawSync(piece, { finishFlush: constants.Z_SYNC_FLUSH });
  let checksum = 0;
  for (let done = 0; done < pieces; done++) checksum = crc32(piece, checksum);
  const all = Buffer.concat([...Array.from({ length: pieces }, () => packed), Buffer.from([3, 0])]);
  return { packed: all, checksum, size: pieces * pieceBytes };
}

/** A zip of these entries exactly as given: names, types, order and duplicates are nobody's business. */
export function rawZip(entries: readonly RawEntry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, mode = 0o100644, flags = 0, ...says } of entries) {
    const { packed, checksum, size: plainBytes } = pack(data);
    const { declaredBytes, unicodePath } = says;
    const rawName = Buffer.from(name);
    const extra =
      unicodePath === undefined ? Buffer.alloc(0) : unicodePathField(unicodePath, rawName);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(8, 4); // deflated
    common.writeUInt16LE(0x21, 8); // 1980-01-01
    common.writeUInt32LE(checksum, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(declaredBytes ?? plainBytes, 18);
    common.writeUInt16LE(rawName.length, 22);
    common.writeUInt16LE(extra.length, 24);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, rawName, extra, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    const made = Buffer.from([20, 3]); // by Unix, so that the mode counts
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), made, common, tail, rawName, extra]));
    locals.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length & 0xffff, 8);
  end.writeUInt16LE(entries.length & 0xffff, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

/** APPNOTE 4.6.9: a version, the checksum of the name that it stands for, and the other name. */
function unicodePathField(path: string, rawName: Buffer): Buffer {
  const name = Buffer.from(path);
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x7075, 0);
  field.writeUInt16LE(5 + name.length, 2);
  field.writeUInt8(1, 4);
  field.writeUInt32LE(crc32(rawName), 5);
  return Buffer.concat([field, name]);
}
