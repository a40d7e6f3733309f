import { describe, expect, it } from 'vitest';
import { onThreads } from '../src/threads.ts';

/** A program that does this with its input, `given`, and its way to answer, `post`. */
const program = (text: string) =>
  `const { parentPort: port, workerData: given } = require('node:worker_threads');
  const post = (answer) => port.postMessage(answer);
  ${text}`;

describe('threads', () => {
  it('answer in the order of what they were given, whoever is first', async () => {
    const slow = program('setTimeout(() => post(given.name), given.milliseconds)');
    const inputs = [
      { name: 'a', milliseconds: 100 },
      { name: 'b', milliseconds: 0 },
    ];
    expect(await onThreads(slow, inputs)).toEqual(['a', 'b']);
  });

  it('are over when the answers are there, whatever else they would do', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const busy = program('post(1); for (;;) Atomics.add(given.shared, 0, 1);');
    await onThreads(busy, [{ shared }]);
    const count = shared[0];
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(shared[0]).toBe(count);
  });

  it('throw what one of them throws', async () => {
    const faulty = program(
      'setInterval(() => {}, 1000); if (given.name === "b") throw new RangeError("b is not for me");',
    );
    const looking = onThreads(faulty, [{ name: 'a' }, { name: 'b' }]);
    await expect(looking).rejects.toThrow('b is not for me');
  });

  it('may not end without an answer', async () => {
    await expect(onThreads('', [{}])).rejects.toThrow('A thread ended without an answer.');
  });

  it('end with an interrupt', async () => {
    const controller = new AbortController();
    const waiting = onThreads(program('setInterval(() => {}, 1000)'), [{}], controller.signal);
    controller.abort();
    await expect(waiting).rejects.toThrow('abort');
  });
});
