/** Dimensions a vector may have at most: rule 5. */
export const MAX_DIMENSIONS = 512;

/** Bytes of an npz that a vector may take beside its values: an id, two timestamps. */
const BYTES_BESIDE_VALUES = 64;
const BYTES_PER_VECTOR = (MAX_DIMENSIONS + 1) * 4 + BYTES_BESIDE_VALUES;
const SLACK_BYTES = 2 ** 20;

/** A full set may come in float64 or with more arrays: so many times what its vectors take, and some. */
const FULL_FACTOR = 4;
const FULL_SLACK_BYTES = 64 * 2 ** 20;

/** What a set of so many vectors may take as an npz that code makes, in bytes. */
export function maxMadeBytes(vectors: number): number {
  return vectors * BYTES_PER_VECTOR + SLACK_BYTES;
}

/** What a set may take that was made elsewhere: more, and the runtime would not even unpack it. */
export function maxFullBytes(vectors: number): number {
  return vectors * BYTES_PER_VECTOR * FULL_FACTOR + FULL_SLACK_BYTES;
}
