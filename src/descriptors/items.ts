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
  let scratch = new Uint8Array(0);
  let carried = 0;
  for await (const chunk of chunks) {
    let items = chunk;
    if (carried > 0 || chunk.byteOffset % alignment !== 0) {
      scratch = withCapacity(scratch, carried, carried + chunk.length);
      scratch.set(chunk, carried);
      items = scratch.subarray(0, carried + chunk.length);
    }
    const whole = items.length - (items.length % itemSize);
    if (whole > 0) yield items.subarray(0, whole);
    const rest = items.subarray(whole);
    carried = rest.length;
    scratch = withCapacity(scratch, 0, carried);
    scratch.set(rest);
  }
}

/** `bytes`, or larger ones that begin with the first `kept` of them. */
function withCapacity(
  bytes: Uint8Array<ArrayBuffer>,
  kept: number,
  capacity: number,
): Uint8Array<ArrayBuffer> {
  if (bytes.length >= capacity) return bytes;
  const larger = new Uint8Array(capacity);
  larger.set(bytes.subarray(0, kept));
  return larger;
}

/** A copy with the bytes of every item of 2, 4 or 8 bytes in the other order. */
export function swapped(items: Uint8Array, itemSize: number): Uint8Array {
  const copy = Buffer.from(new Uint8Array(items).buffer);
  if (itemSize === 2) return copy.swap16();
  return itemSize === 4 ? copy.swap32() : copy.swap64();
}
