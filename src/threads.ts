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
    const answers = threads.map(async (thread) => {
      const [answer] = await once(thread, 'message', signal && { signal });
      return answer as Answer;
    });
    return await Promise.all(answers);
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
