import {
  type CheckedMatches,
  checkMatches,
  type ExpectedMatches,
} from '../../src/matches/check.ts';

/** `bytes` in chunks of `size`. */
export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What is found in `bytes`, read in chunks of `size`. */
export function checked(
  bytes: Uint8Array,
  expected: ExpectedMatches,
  size = 65_536,
): Promise<CheckedMatches> {
  return checkMatches(inChunks(bytes, size), expected);
}
