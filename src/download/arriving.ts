import type { Readable } from 'node:stream';

/** Bytes that may wait to be taken until the sender is kept waiting. */
const mostWaiting = 1024 ** 2;

/**
 * The chunks of a stream, all that arrive, and then the error if it ended with one. As an iterable a
 * stream forgets with an error what waits to be read: a download that breaks off often would never get
 * anywhere. It begins to flow at once; whoever takes no chunks destroys it.
 *
 * @param fail throws what the stream's error comes to
 */
export function arriving(
  stream: Readable,
  fail: (error: unknown) => never,
): AsyncGenerator<Buffer, void, void> {
  const waiting: Buffer[] = [];
  let bytes = 0;
  let end: { readonly error?: unknown } | undefined;
  let wake = () => {};
  stream
    .on('data', (chunk: Buffer) => {
      waiting.push(chunk);
      bytes += chunk.length;
      if (bytes > mostWaiting) stream.pause();
      wake();
    })
    .on('error', (error: unknown) => {
      end = { error };
    })
    .on('close', () => {
      end ??= {};
      wake();
    });
  return (async function* () {
    for (;;) {
      const chunk = waiting.shift();
      if (chunk !== undefined) {
        bytes -= chunk.length;
        if (bytes <= mostWaiting) stream.resume();
        yield chunk;
      } else if (end === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else {
        if ('error' in end) fail(end.error);
        return;
      }
    }
  })();
}
