import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/**
 * A file as the runtime takes it from its standard input (`runtime/vsc_runtime/handover.py`): its size in
 * bytes, decimal, a line feed, its contents. So the other side knows the end without being told of it.
 * @param path absolute
 */
export async function* handedOver(path: string): AsyncGenerator<Uint8Array> {
  const { size } = await stat(path);
  yield Buffer.from(`${size}\n`);
  if (size > 0) yield* createReadStream(path, { end: size - 1, highWaterMark: 2 ** 20 });
}
