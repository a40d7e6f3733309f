import { crc32, deflateRawSync } from 'node:zlib';

/** What a header says of an entry; two headers say it, at the entry and in the directory. */
export interface Said {
  readonly name: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly packedSize: number;
  readonly size: number;
  readonly extra: Buffer;
}

/** An entry of a zip, byte by byte: `packed` lies in it whatever is said. */
export interface EntryModel extends Said {
  readonly packed: Buffer;
  /** What follows the data. */
  readonly descriptor: Buffer;
  /** The system that made it: 3 is Unix. */
  readonly madeBy: number;
  /** Unix mode with the file's type. */
  readonly mode: number;
  readonly disk: number;
  readonly comment: Buffer;
  /** Where the directory says that the entry begins, where that is not the truth. */
  readonly offset?: number;
  /** What only one of the two headers says. */
  readonly local?: Partial<Said>;
  readonly central?: Partial<Said>;
}

/** A zip of such entries. */
export interface ZipModel {
  readonly entries: readonly EntryModel[];
  /** The entries that the directory lists, in its order; all of them, in theirs, by default. */
  readonly listed?: readonly number[];
  /** Before the first entry, between the last and the directory, and behind the end record. */
  readonly before?: Buffer;
  readonly between?: Buffer;
  readonly after?: Buffer;
  readonly comment?: Buffer;
  /** What the end record says instead of the truth. */
  readonly end?: Partial<EndRecord>;
  /** A zip64 end record, and what it says instead of the truth. */
  readonly end64?: Partial<EndRecord> & { readonly place?: number };
}

export interface EndRecord {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
}

export const flag = { encrypted: 0x1, sizesFollow: 0x8, utf8: 0x800 } as const;
export const fieldId = { zip64: 0x0001, unicodePath: 0x7075 } as const;

/** An entry as it should be, stored or deflated. */
export function entryOf(
  name: string,
  data: Uint8Array,
  method: 0 | 8 = 0,
  packed: Buffer = method === 8 ? deflateRawSync(data) : Buffer.from(data),
): EntryModel {
  return {
    name: Buffer.from(name),
    flags: flag.utf8,
    method,
    crc32: crc32(data),
    packedSize: packed.length,
    size: data.length,
    extra: Buffer.alloc(0),
    packed,
    descriptor: Buffer.alloc(0),
    madeBy: 3,
    mode: 0o100644,
    disk: 0,
    comment: Buffer.alloc(0),
  };
}

/** The entry with its sizes and checksum behind its data (APPNOTE 4.3.9). */
export function withSizesBehind(entry: EntryModel, signed = true, long = false): EntryModel {
  const { size, packedSize } = entry;
  const sizes = long ? longs(packedSize, size) : words(packedSize, size);
  const signature = signed ? Buffer.from('PK\x07\x08', 'latin1') : Buffer.alloc(0);
  return {
    ...entry,
    flags: entry.flags | flag.sizesFollow,
    local: { crc32: 0, packedSize: 0, size: 0, ...entry.local },
    descriptor: Buffer.concat([signature, words(entry.crc32), sizes]),
  };
}

/** An extra field. */
export function extraField(id: number, content: Buffer): Buffer {
  return Buffer.concat([shorts(id, content.length), content]);
}

/** The extra field that gives an entry another name (APPNOTE 4.6.9). */
export function unicodePathField(path: string, name: Buffer): Buffer {
  const head = Buffer.concat([Buffer.from([1]), words(crc32(name))]);
  return extraField(fieldId.unicodePath, Buffer.concat([head, Buffer.from(path)]));
}

/** Little-endian numbers of two, four and eight bytes; what is too large for them loses its upper bits. */
export function shorts(...values: readonly number[]): Buffer {
  return Buffer.from(Uint16Array.from(values).buffer);
}
export function words(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}
export function longs(...values: readonly number[]): Buffer {
  return Buffer.from(BigUint64Array.from(values.map((value) => BigInt(value))).buffer);
}

/** The bytes of a zip, exactly as the model says. */
export function zipOf({ entries, before, between, after, comment, ...model }: ZipModel): Buffer {
  const nothing = Buffer.alloc(0);
  const content = [before ?? nothing];
  const records: Buffer[] = [];
  let offset = content[0]?.length ?? 0;
  for (const entry of entries) {
    records.push(centralHeader(entry, offset));
    const parts = [localHeader(entry), entry.packed, entry.descriptor];
    content.push(...parts);
    offset += parts.reduce((sum, { length }) => sum + length, 0);
  }
  content.push(between ?? nothing);
  offset += between?.length ?? 0;
  const listed = model.listed ?? entries.keys();
  const directory = Buffer.concat([...listed].map((index) => records[index] ?? nothing));
  const truth = { count: records.length, size: directory.length, offset };
  if (model.listed !== undefined) truth.count = model.listed.length;
  return Buffer.concat([
    ...content,
    directory,
    model.end64 === undefined ? nothing : end64Records(truth, model.end64),
    endRecord({ ...truth, ...model.end }, comment ?? nothing),
    after ?? nothing,
  ]);
}

function common(said: Said): Buffer {
  const { flags, method, crc32: checksum, packedSize, size, name, extra } = said;
  return Buffer.concat([
    shorts(20, flags, method, 0, 0x21),
    words(checksum, packedSize, size),
    shorts(name.length, extra.length),
  ]);
}

function localHeader({ local, ...entry }: EntryModel): Buffer {
  const said = { ...entry, ...local };
  return Buffer.concat([
    Buffer.from('PK\x03\x04', 'latin1'),
    common(said),
    Buffer.from(said.name),
    said.extra,
  ]);
}

function centralHeader({ central, ...entry }: EntryModel, offset: number): Buffer {
  const said = { ...entry, ...central };
  return Buffer.concat([
    Buffer.from('PK\x01\x02', 'latin1'),
    Buffer.from([20, entry.madeBy]),
    common(said),
    shorts(entry.comment.length, entry.disk, 0, 0, entry.mode),
    words(entry.offset ?? offset),
    said.name,
    said.extra,
    entry.comment,
  ]);
}

function end64Records(truth: EndRecord, changes: NonNullable<ZipModel['end64']>): Buffer {
  const { place, ...said } = changes;
  const { count, size, offset } = { ...truth, ...said };
  return Buffer.concat([
    Buffer.from('PK\x06\x06', 'latin1'),
    longs(44),
    shorts(45, 45),
    words(0, 0),
    longs(count, count, size, offset),
    Buffer.from('PK\x06\x07', 'latin1'),
    words(0),
    longs(place ?? truth.offset + truth.size),
    words(1),
  ]);
}

function endRecord({ count, size, offset }: EndRecord, comment: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from('PK\x05\x06', 'latin1'),
    shorts(0, 0, count, count),
    words(size, offset),
    shorts(comment.length),
    comment,
  ]);
}
