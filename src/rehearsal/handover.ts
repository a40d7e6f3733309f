import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { EngineInfo, Image, Limits } from '../engine/port.ts';
import { handoverLabel } from '../image/choice.ts';
import type { Handover } from './stages.ts';

/** What a container that stands by takes at most, by far, beside the code's; in bytes. */
const standbyRoom = 2 ** 31;

/**
 * How the scoring gets what the code made. It stands by only where it takes nothing from the code: there is
 * a second core for its start, beside that of the code's container, and no machine of little memory is played.
 */
export function handoverOf(
  { labels }: Pick<Image, 'labels'>,
  { memoryBytes }: Limits,
  { cores, product }: { readonly cores: number; readonly product: EngineInfo['product'] },
): Handover {
  // Podman (4.3) gives no input to a container that was connected to before its start.
  if (labels[handoverLabel] === undefined || product === 'Podman') return 'file';
  const isSmall = (memoryBytes ?? Number.POSITIVE_INFINITY) < standbyRoom;
  return cores < 2 || isSmall ? 'input' : 'standby';
}

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
