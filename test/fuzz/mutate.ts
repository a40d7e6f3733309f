import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Sizes and offsets that programs get wrong. */
const SIZES = [
  0, 1, 2, 21, 22, 46, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];
const SIGNATURES = [
  'PK\x01\x02',
  'PK\x03\x04',
  'PK\x05\x06',
  'PK\x06\x06',
  'PK\x06\x07',
  'PK\x07\x08',
];
const HEADER_TEXTS = [
  '-1',
  '9'.repeat(16),
  '(',
  '}',
  "'|O'",
  "'<U65536'",
  "'<f8'",
  'True',
  '1e9',
  '"',
];

/** A whole number from 0 to `bound` − 1. */
export function randomBelow(random: RandomGenerator, bound: number): number {
  return uniformInt(random, 0, Math.max(0, bound - 1));
}

type Mutation = (bytes: Buffer, random: RandomGenerator, other: Buffer) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  truncate,
  splice,
  repeatPart,
  lieAboutSize,
  lieAboutSize,
  spoilHeader,
  zeroPart,
];

/** A change to a copy of `bytes`, or up to four; `other` is where foreign bytes come from. */
export function mutate(bytes: Buffer, other: Buffer, random: RandomGenerator): Buffer {
  let mutated: Buffer = Buffer.from(bytes);
  const changes = randomBelow(random, 2) === 0 ? 1 : 1 + randomBelow(random, 4);
  for (let left = changes; left > 0; left -= 1) {
    const mutation = MUTATIONS[randomBelow(random, MUTATIONS.length)] ?? flipBits;
    if (mutated.length > 0) mutated = mutation(mutated, random, other);
  }
  return mutated;
}

function flipBits(bytes: Buffer, random: RandomGenerator): Buffer {
  for (let left = 1 + randomBelow(random, 8); left > 0; left -= 1) {
    const at = randomBelow(random, bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << randomBelow(random, 8));
  }
  return bytes;
}

function truncate(bytes: Buffer, random: RandomGenerator): Buffer {
  return bytes.subarray(0, randomBelow(random, bytes.length));
}

function splice(bytes: Buffer, random: RandomGenerator, other: Buffer): Buffer {
  const at = randomBelow(random, bytes.length);
  const from = randomBelow(random, other.length);
  const part = other.subarray(from, from + randomBelow(random, 200));
  return Buffer.concat([
    bytes.subarray(0, at),
    part,
    bytes.subarray(at + randomBelow(random, 200)),
  ]);
}

function repeatPart(bytes: Buffer, random: RandomGenerator): Buffer {
  const start = randomBelow(random, bytes.length);
  const end = start + randomBelow(random, bytes.length - start);
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
}

function zeroPart(bytes: Buffer, random: RandomGenerator): Buffer {
  const start = randomBelow(random, bytes.length);
  return bytes.fill(0, start, Math.min(bytes.length, start + randomBelow(random, 64)));
}

/** Writes a bad number somewhere into one of the zip's records. */
function lieAboutSize(bytes: Buffer, random: RandomGenerator): Buffer {
  const signature = SIGNATURES[randomBelow(random, SIGNATURES.length)] ?? '';
  const places = placesOf(bytes, signature);
  const record = places[randomBelow(random, places.length)];
  const at = (record ?? randomBelow(random, bytes.length)) + 4 + randomBelow(random, 44);
  const size = SIZES[randomBelow(random, SIZES.length)] ?? 0;
  if (at + 4 <= bytes.length) {
    if (size > 0xffff || randomBelow(random, 2) === 0) bytes.writeUInt32LE(size, at);
    else bytes.writeUInt16LE(size, at);
  }
  return bytes;
}

/** Overwrites a part of an npy header. */
function spoilHeader(bytes: Buffer, random: RandomGenerator): Buffer {
  const places = placesOf(bytes, "{'descr'");
  const header = places[randomBelow(random, places.length)];
  if (header === undefined) return flipBits(bytes, random);
  const text = HEADER_TEXTS[randomBelow(random, HEADER_TEXTS.length)] ?? '';
  const at = Math.max(0, header - 4 + randomBelow(random, 70));
  bytes.write(text, Math.min(at, bytes.length), 'latin1');
  return bytes;
}

function placesOf(bytes: Buffer, text: string): readonly number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(text, 0, 'latin1'); at !== -1; ) {
    places.push(at);
    at = bytes.indexOf(text, at + 1, 'latin1');
  }
  return places;
}
