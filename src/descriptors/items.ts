/**
 * Cuts `chunks` anew so that each holds whole items of `itemSize` bytes, aligned in memory to
 * `alignment`. What is left over at the end is no item and is dropped. An item list is valid until
 * the next one is asked for.
 */
export async function* wholeItems(
  chunks: AsyncIterable<Uint8Array>,
  itemSize: number,
  alignment = itemSize,
): AsyncGenerator<Uint8Array, void, void> {
  let carried = new Uint8Array(0);
  for await (const chunk of chunks) {
    const misfit = carried.length > 0 || chunk.byteOffset % alignment !== 0;
    const bytes = misfit ? joined(carried, chunk) : chunk;
    const whole = bytes.length - (bytes.length % itemSize);
    if (whole > 0) yield bytes.subarray(0, whole);
    carried = bytes.slice(whole);
  }
}

/** A copy with the bytes of every item of 2, 4 or 8 bytes in the other order. */
export function swapped(items: Uint8Array, itemSize: number): Uint8Array {
  const copy = Buffer.from(new Uint8Array(items).buffer);
  if (itemSize === 2) return copy.swap16();
  return itemSize === 4 ? copy.swap32() : copy.swap64();
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
