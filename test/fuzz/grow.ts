import { constants, crc32, deflateRawSync } from 'node:zlib';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import {
  type EntryModel,
  entryOf,
  extraField,
  fieldId,
  flag,
  longs,
  unicodePathField,
  withSizesBehind,
  type ZipModel,
  zipOf,
} from '../support/zip-model.ts';
import { mutate, randomBelow } from './mutate.ts';

/** What both readers are given: an npz, or a whole submission. */
export interface FuzzInput {
  readonly kind: 'npz' | 'submission';
  readonly bytes: Buffer;
}

/** The videos that inputs speak of, with their seconds; the Python side has the same. */
export const videos = {
  query: new Map([
    ['Q100001', 20],
    ['Q100002', 20],
  ]),
  reference: new Map([
    ['R100001', 20],
    ['R100002', 20],
  ]),
} as const;

/** Input number `run` of a seed: the same every time. Half of them are meant to be sound. */
export function grow(seed: number, run: number): FuzzInput {
  const pick = new Picker(mersenne(Math.imul(seed, 0x9e3779b1) ^ run));
  if (pick.below(2) === 0) return { kind: 'npz', bytes: spoiled(npz('Q', pick), pick) };
  return { kind: 'submission', bytes: spoiled(submission(pick), pick) };
}

/** Draws from what is there. */
class Picker {
  readonly random: RandomGenerator;

  /** Whether harm is done at all. */
  readonly #harmful: boolean;

  constructor(random: RandomGenerator) {
    this.random = random;
    this.#harmful = this.below(2) === 0;
  }

  below(bound: number): number {
    return randomBelow(this.random, bound);
  }

  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** The same, for what most readers refuse. */
  harm(times: number): boolean {
    return this.#harmful && this.once(times);
  }
}

/** Bytes changed at random, one time in five; else as they are. */
function spoiled(bytes: Buffer, pick: Picker): Buffer {
  return pick.harm(5) ? mutate(bytes, bytes, pick.random) : bytes;
}

function submission(pick: Picker): Buffer {
  const sets = [
    ['query_descriptors.npz', npz('Q', pick)],
    ['reference_descriptors.npz', npz('R', pick)],
  ] as const;
  const entries = sets.map(([name, bytes]) => packed(name, bytes, pick));
  const more = ['model/w.bin', 'helpers.py', 'model/', 'a'.repeat(40)].filter(() => pick.once(3));
  const others = ['main.py', ...more].map((name) => packed(name, Buffer.from('pass\n'), pick));
  return zipOf(twisted({ entries: [...others, ...entries] }, pick));
}

function npz(letter: 'Q' | 'R', pick: Picker): Buffer {
  const count = pick.one([1, 2, 3, 3, 3, 20]);
  const arrays = [
    ['video_ids.npy', ids(letter, count, pick)],
    ['features.npy', features(count, pick)],
    ['timestamps.npy', timestamps(count, pick)],
  ] as const;
  const extra = pick.once(10) ? [['notes.npy', Buffer.from('anything')] as const] : [];
  const rotated = pick.below(arrays.length);
  const order = [...arrays.slice(rotated), ...extra, ...arrays.slice(0, rotated)];
  const entries = order.map(([name, bytes]) => packed(name, bytes, pick));
  return zipOf(twisted({ entries }, pick));
}

/** An entry packed in one of the ways that there are. */
function packed(name: string, data: Buffer, pick: Picker): EntryModel {
  const entry = pick.one<() => EntryModel>([
    () => entryOf(name, data),
    () => entryOf(name, data, 8),
    () => withSizesBehind(entryOf(name, data), pick.once(2), pick.once(2)),
    () => withSizesBehind(entryOf(name, data, 8), pick.once(2), pick.once(2)),
    () => inZip64(entryOf(name, data, pick.one([0, 8]))),
    () => entryOf(name, data, 8, deflateRawSync(data, { level: 0 })),
  ])();
  return pick.harm(12) ? withOddPacking(entry, data, pick) : entry;
}

/** Sizes in zip64 fields, at the entry and perhaps in the directory, as some writers put them. */
function inZip64(entry: EntryModel): EntryModel {
  const { size, packedSize } = entry;
  const marks = { size: 0xffffffff, packedSize: 0xffffffff };
  const extra = extraField(fieldId.zip64, longs(size, packedSize));
  return { ...entry, local: { ...marks, extra } };
}

function withOddPacking(entry: EntryModel, data: Buffer, pick: Picker): EntryModel {
  const odd = pick.one<() => Buffer>([
    () => Buffer.concat([entry.packed, Buffer.from('more')]),
    () => entry.packed.subarray(0, Math.max(0, entry.packed.length - 1)),
    () => deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }),
    () => Buffer.concat([deflateRawSync(data), deflateRawSync(data)]),
    () => Buffer.alloc(0),
  ])();
  return { ...entry, packed: odd, packedSize: odd.length };
}

const numbers = [0, 1, 2, 7, 0xffff, 0x10000, 0x7fffffff, 0xfffffffe, 0xffffffff];
const names = [
  '',
  '.',
  './video_ids.npy',
  'video_ids.npy/',
  'VIDEO_IDS.npy',
  'features',
  'features.npy',
  'main.py',
  'MAIN.py',
  './main.py',
  'a//b',
  'a/./b',
  '../a',
  '/a',
  'C:/a',
  'a\\b',
  'main.py/x',
  'submission/x',
  'query_descriptors.npz',
  'e\u0301',
  '\u00e9',
  'x\0y',
  '\ufeffmain.py',
  'd/'.repeat(40),
  'n'.repeat(300),
];

/** A zip that says something else than it should, perhaps. */
function twisted(model: ZipModel, pick: Picker): ZipModel {
  let twisted = model;
  for (let left = pick.harm(2) ? 1 + pick.below(2) : 0; left > 0; left -= 1) {
    twisted = pick.one(twists)(twisted, pick);
  }
  return twisted;
}

type Twist = (model: ZipModel, pick: Picker) => ZipModel;

const twists: readonly Twist[] = [
  entryTwist((entry, pick) => {
    const field = pick.one(['crc32', 'packedSize', 'size', 'flags', 'method'] as const);
    const value = pick.one([
      ...numbers,
      entry[field] + 1,
      entry[field] ^ 8,
      entry[field] ^ 0x800,
      8,
    ]);
    const place = pick.one(['local', 'central', 'both'] as const);
    const said = { [field]: value >>> 0 };
    return place === 'both'
      ? { ...entry, ...said }
      : { ...entry, [place]: { ...entry[place], ...said } };
  }),
  entryTwist((entry, pick) => {
    const name = Buffer.from(pick.one(names));
    const place = pick.one(['local', 'central', 'both', 'both'] as const);
    return place === 'both' ? { ...entry, name } : { ...entry, [place]: { ...entry[place], name } };
  }),
  entryTwist((entry, pick) => {
    const raw = pick.one([
      entry.name,
      Buffer.from([0x82]),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('é'),
    ]);
    return {
      ...entry,
      name: raw,
      madeBy: pick.one([0, 3, 19, 7]),
      flags: pick.one([0, flag.utf8]),
    };
  }),
  entryTwist((entry, pick) => {
    const field = pick.one([
      unicodePathField(entry.name.toString(), entry.name),
      unicodePathField(pick.one(names), entry.name),
      extraField(fieldId.zip64, longs(...[1, entry.size, entry.packedSize].slice(pick.below(3)))),
      extraField(0x5455, Buffer.alloc(9)),
      Buffer.from([0x99, 0x99, 0xff, 0x00]),
      Buffer.from([0, 0, 0]),
    ]);
    const extra = Buffer.concat([...(pick.once(2) ? [entry.extra] : []), field]);
    const place = pick.one(['local', 'central', 'both'] as const);
    return place === 'both'
      ? { ...entry, extra }
      : { ...entry, [place]: { ...entry[place], extra } };
  }),
  entryTwist((entry, pick) => {
    const marks = pick.one([{ size: 0xffffffff }, { size: 0xffffffff, packedSize: 0xffffffff }]);
    const truth = Object.keys(marks).map((key) => entry[key as 'size' | 'packedSize']);
    const extra = extraField(fieldId.zip64, longs(...truth));
    return { ...entry, central: { ...entry.central, ...marks, extra } };
  }),
  entryTwist((entry, pick) => ({
    ...entry,
    ...pick.one([
      { mode: 0o120777 },
      { mode: 0o010644 },
      { mode: 0 },
      { mode: 0o040755 },
      { disk: pick.one([1, 0xffff]) },
      { comment: Buffer.from('PK\x05\x06') },
      { comment: Buffer.from('by hand') },
      { offset: pick.one([0, 1, 40, 0xffffffff]) },
      { descriptor: Buffer.alloc(pick.one([1, 12, 16, 20, 24])) },
      { flags: entry.flags ^ pick.one([1, 2, 4, 0x20, 0x40, 0x2000]) },
    ]),
  })),
  (model, pick) => ({ ...model, comment: pick.one([Buffer.from('hello'), zipOf(model)]) }),
  (model, pick) => ({
    ...model,
    [pick.one(['before', 'between', 'after'] as const)]: Buffer.from('xyz'),
  }),
  (model, pick) => ({
    ...model,
    [pick.one(['before', 'between', 'after'] as const)]: zipOf({ entries: model.entries.slice(1) }),
  }),
  (model, pick) => ({
    ...model,
    end: { [pick.one(['count', 'size', 'offset'] as const)]: pick.one(numbers) },
  }),
  (model, pick) => ({ ...model, end64: {}, ...(pick.once(2) && { end: marked }) }),
  (model, pick) => ({
    ...model,
    end64: {
      [pick.one(['count', 'size', 'offset', 'place'] as const)]: pick.one([...numbers, 2 ** 40]),
    },
    ...(pick.once(2) && { end: marked }),
  }),
  (model) => ({ ...model, listed: [...model.entries.keys()].reverse() }),
  (model, pick) => ({ ...model, listed: [...model.entries.keys()].filter(() => !pick.once(4)) }),
  (model, pick) => ({ ...model, entries: [...model.entries, pick.one(model.entries)] }),
  (model, pick) => {
    const { name, ...again } = pick.one(model.entries);
    return { ...model, entries: [...model.entries, { ...again, name: Buffer.from(`./${name}`) }] };
  },
];

const marked = { count: 0xffff, size: 0xffffffff, offset: 0xffffffff };

function entryTwist(twist: (entry: EntryModel, pick: Picker) => EntryModel): Twist {
  return (model, pick) => {
    const at = pick.below(model.entries.length);
    const entries = model.entries.map((entry, index) =>
      index === at ? twist(entry, pick) : entry,
    );
    return { ...model, entries };
  };
}

/** An array of ids: mostly as they should be, in any type that they may have. */
function ids(letter: 'Q' | 'R', count: number, pick: Picker): Buffer {
  const kind = pick.one(['<U', '>U', '|S', '<U', '=U']);
  const width = pick.one([7, 7, 7, 8, 20, ...(pick.harm(3) ? [0, 1, 6] : [])]);
  const rows = Array.from({ length: count }, (_, at) => `${letter}10000${at * 2 < count ? 1 : 2}`);
  if (pick.once(12))
    rows[pick.below(count)] = pick.one(['', 'X', 'R100001', 'Q100001', 'Q1\x001', 'Q\u00e9']);
  const unit = kind === '|S' ? 1 : 4;
  const data = Buffer.alloc(unit * width * count);
  for (const [row, id] of rows.entries()) {
    for (const [at, character] of [...id].slice(0, width).entries()) {
      const code = character.codePointAt(0) ?? 0;
      const place = unit * (row * width + at);
      if (unit === 1) data.writeUInt8(code & 0xff, place);
      else if (kind === '>U') data.writeUInt32BE(code, place);
      else data.writeUInt32LE(code, place);
    }
  }
  if (unit === 4 && width > 0 && pick.harm(8)) {
    data.writeUInt32LE(pick.one([0xd800, 0xdfff, 0x110000, 0xffffffff, 0x1f600, 0xe000]), 0);
  }
  return npy(`${kind}${width}`, [count], data, pick);
}

function features(count: number, pick: Picker): Buffer {
  const dimensions = pick.one([2, 2, 2, 3]);
  const data = Buffer.alloc(4 * count * dimensions);
  for (let at = 0; at < data.length; at += 4) data.writeFloatLE(at / 7 - 1, at);
  if (pick.once(15))
    data.writeUInt32LE(pick.one([0x7f800000, 0xff800000, 0x7fc00001, 0x7f7fffff]), 0);
  const descr = pick.harm(6) ? pick.one(['>f4', '<i4', '|f4', '=f4', '<f8', '<f2']) : '<f4';
  return npy(descr, [count, dimensions], data, pick);
}

function timestamps(count: number, pick: Picker): Buffer {
  const [descr, bytes] = pick.one<readonly [string, number]>([
    ['<f8', 8],
    ['<f8', 8],
    ['<f4', 4],
    ['>f8', 8],
    ['<f2', 2],
    ['<i8', 8],
    ['|b1', 1],
    ['<U3', 12],
    ['|V5', 5],
    ['<M8[s]', 8],
    ['<c16', 16],
    ['<f16', 16],
    ...(pick.harm(4) ? [['|S0', 0] as const] : []),
  ]);
  const columns = pick.harm(8) ? 3 : pick.one([1, 2]);
  const shape = columns === 1 && !pick.harm(8) ? [count] : [count, columns];
  return npy(descr, shape, Buffer.alloc(bytes * shape.reduce((a, b) => a * b, 1), 1), pick);
}

const dtypes = [
  ...[
    'f4',
    '<f',
    '<f3',
    '<f04',
    '<f16',
    '>f16',
    '<f12',
    '<i16',
    '<u8',
    '|b1',
    '|b2',
    '<c8',
    '<c4',
    '|O',
  ],
  ...[
    '|O8',
    '<U',
    '<U07',
    '<U2147483647',
    '|S4294967296',
    '|a7',
    '<M8',
    '<M8[s]',
    '<M8[25s]',
    '<m8[ns]',
  ],
  ...['<M4', '<V3', '|V0', '<q9', '', ' <f4', '<f4 ', 'float32', '<f4\\x00', '<f4[s]', '?', '<?1'],
];
const shapes = [
  ...[
    '()',
    '(3)',
    '(3,)',
    '(3,2)',
    '( 3 , 2 )',
    '(3, 2,)',
    '(3L, 2L)',
    '[3, 2]',
    '(3, -2)',
    '(0, 2)',
  ],
  ...['(3, 0)', '(1, 1125899906842624)', '(1099511627776,)', '(9007199254740993, 0)', '(0x3, 2)'],
  ...[
    '(3_0,)',
    '(03, 2)',
    '(3, 2.0)',
    '(True, 2)',
    '(3,,2)',
    '(,)',
    '(3 2)',
    '(\u0663,)',
    '(3, 2, 1)',
  ],
  ...[`(${'1, '.repeat(33)})`, '(12345678901234567890, 2)', '3, 2', '((3), 2)', '(3, 2) '],
];

/** An array whose header is written as numpy does, as others do, or as nobody does. */
function npy(descr: string, shape: readonly number[], data: Buffer, pick: Picker): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const fields = {
    descr: `'${pick.harm(12) ? pick.one(dtypes) : descr}'`,
    fortran_order: pick.once(12)
      ? pick.one(['True', 'False', '1', 'true', 'None', '"False"'])
      : 'False',
    shape: pick.harm(12) ? pick.one(shapes) : tuple,
  };
  const text = pick.harm(5) ? oddHeader(fields, pick) : plainHeader(fields);
  const version = pick.harm(12) ? pick.one([4, 0]) : pick.one([1, 1, 2, 3]);
  const header = Buffer.from(text, version === 3 ? 'utf8' : 'latin1');
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(Math.min(header.length, 0xffff), 0, length.length);
  const minor = pick.harm(20) ? 1 : 0;
  const start = Buffer.from([...Buffer.from('\x93NUMPY', 'latin1'), version, minor]);
  const end = pick.once(25)
    ? pick.one([data.subarray(1), Buffer.concat([data, Buffer.alloc(3)])])
    : data;
  return Buffer.concat([start, length, header, end]);
}

type Fields = Readonly<Record<'descr' | 'fortran_order' | 'shape', string>>;

function plainHeader({ descr, fortran_order: order, shape }: Fields): string {
  const text = `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;
  return `${text.padEnd(117)}\n`;
}

function oddHeader({ descr, fortran_order: order, shape }: Fields, pick: Picker): string {
  const structured = `[('x', ${descr})]`;
  return pick.one([
    `{"shape": ${shape}, "fortran_order": ${order}, "descr": ${descr.replaceAll("'", '"')}}`,
    `{'descr':${descr},'fortran_order':${order},'shape':${shape}}`,
    `  {'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}}\n\n`,
    `\n{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}}`,
    `\t{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}}`,
    `{'descr': ${descr},\n 'fortran_order': ${order},\n 'shape': ${shape}}`,
    `{'descr':\t${descr}, 'fortran_order': ${order}, 'shape': ${shape}}`,
    `{'descr': ${structured}, 'fortran_order': ${order}, 'shape': ${shape}}`,
    `{'descr': ${descr}, 'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}}`,
    `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, 'x': 1}`,
    `{'descr': ${descr}, 'fortran_order': ${order}}`,
    `{u'descr': u${descr}, 'fortran_order': ${order}, 'shape': ${shape}}`,
    `{'descr': ${descr} '', 'fortran_order': ${order}, 'shape': ${shape}}`,
    `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}} # text`,
    `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape},,}`,
    `{'descr\u00e9': 1, 'fortran_order': ${order}, 'shape': ${shape}}`,
    `dict(descr=${descr}, fortran_order=${order}, shape=${shape})`,
    `${' '.repeat(9990)}${plainHeader({ descr, fortran_order: order, shape })}`,
    '',
    '{}',
  ]);
}

/** A short name for an input, by its contents. */
export function fingerprint({ bytes }: FuzzInput): string {
  return (crc32(bytes) >>> 0).toString(16).padStart(8, '0');
}
