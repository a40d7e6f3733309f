import { crc32 } from 'node:zlib';
import { type ByteSource, chunksOf, sliceOf } from './byte-source.ts';

/** A part of a file whose CRC-32 is known already. */
export interface KnownPart {
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
  readonly crc32: number;
}

/**
 * The CRC-32 of all of `source`, of which only what is in none of the `known` parts is read.
 * @param known parts that don't overlap, in any order
 */
export async function checksumOf(
  source: ByteSource,
  known: readonly KnownPart[],
  signal?: AbortSignal,
): Promise<number> {
  let checksum = 0;
  let at = 0;
  const readTo = async (end: number) => {
    if (end === at) return;
    for await (const chunk of chunksOf(sliceOf(source, at, end - at), signal)) {
      checksum = crc32(chunk, checksum);
    }
  };
  for (const { offset, size, crc32: own } of [...known].sort((a, b) => a.offset - b.offset)) {
    await readTo(offset);
    checksum = joined(checksum, own, size);
    at = offset + size;
  }
  await readTo(source.size);
  return checksum;
}

/** The CRC-32 of two parts behind each other: that of the first, moved on by the length of the second. */
function joined(first: number, second: number, secondBytes: number): number {
  return (product(first, powerOfX(8 * secondBytes)) ^ second) >>> 0;
}

// A CRC is a polynomial over GF(2), its highest coefficient in the lowest bit, modulo this one (RFC 1952, 8).
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;
const X = 0x40000000;

function product(a: number, b: number): number {
  let sum = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) sum ^= shifted;
    shifted = (shifted >>> 1) ^ ((shifted & 1) === 0 ? 0 : POLYNOMIAL);
  }
  return sum >>> 0;
}

/** x to the power of `exponent`, by squaring. */
function powerOfX(exponent: number): number {
  let power = ONE;
  let square = X;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = product(power, square);
    square = product(square, square);
  }
  return power;
}
