import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * Runs a program on a thread for each of `inputs`, which it finds as its `workerData`; what it posts first is its answer.
 * @param code what `import { code } from './program.ts?thread'` gives
 * @returns the answers, in the order of the inputs, once no thread runs any more
 * @throws what a program threw; why no thread could be had; an AbortError
 */
export async function onThreads<Answer>(
  code: string,
  inputs: readonly object[],
  signal?: AbortSignal,
): Promise<readonly Answer[]> {
  const threads = inputs.map((workerData) => new Worker(code, { eval: true, workerData }));
  try {
    return await Promise.all(threads.map((thread) => answerOf<Answer>(thread, signal)));
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

async function answerOf<Answer>(thread: Worker, signal?: AbortSignal): Promise<Answer> {
  const ended = once(thread, 'exit').then(() => {
    throw new Error('A thread ended without an answer.');
  });
  const [answer] = await Promise.race([once(thread, 'message', signal && { signal }), ended]);
  return answer;
}
