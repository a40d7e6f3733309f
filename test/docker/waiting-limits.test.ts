import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { ContainerEngine, Limits } from '../../src/engine/port.ts';
import { bashPlan, realEngine } from '../support/engine.ts';
import { quiet } from '../support/recorder.ts';

vi.mock('node:fs/promises', async (original) => {
  const real: typeof import('node:fs/promises') = await original();
  return { ...real, statfs: vi.fn(real.statfs) };
});

let engine: ContainerEngine;
beforeAll(async () => {
  engine = await realEngine();
});

/** Others write some GiB to the engine's disk. */
async function fillDisk(): Promise<void> {
  const before = await statfs('/');
  const full = { ...before, bfree: before.bfree - (6 * 2 ** 30) / before.bsize };
  vi.mocked(statfs).mockResolvedValue(full as never);
}

/** Runs what waits for its input, which comes after some seconds. */
async function runAfter(seconds: number, limits: Limits, script: string) {
  const input = async () => {
    if (seconds > 0) {
      await fillDisk();
      await sleep(seconds * 1000);
    }
    return (async function* () {
      yield Buffer.from('abc');
    })();
  };
  const plan = bashPlan(`head -c 3; ${script}`, { limits, readsInput: true });
  return engine.run(plan, { signal: quiet, onOutput: async () => {}, input });
}

describe('the limits of what waits for its input', () => {
  it('begin with that: what others write before is none of its doing, and waiting takes none of its time', async () => {
    const limits = { seconds: 10, diskBytes: 64 * 2 ** 20 };
    const outcome = await runAfter(8, limits, 'sleep 3');
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(outcome.stoppedFor).toBeUndefined();
    expect(outcome.seconds).toBeLessThan(8);
  });

  it('hold from then on', async () => {
    const outcome = await runAfter(0, { seconds: 1 }, 'sleep 60');
    expect(outcome).toMatchObject({ stoppedFor: 'seconds' });
  });
});
