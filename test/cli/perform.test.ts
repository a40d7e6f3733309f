import { expect, it } from 'vitest';
import { perform } from '../../src/cli/perform.ts';
import type { World } from '../../src/cli/world.ts';
import { Interrupted } from '../../src/errors.ts';
import { testWorld } from '../support/world.ts';

/** A process's signals: one that nobody listens to would end it by itself. */
function signals() {
  const listeners = new Set<Parameters<World['onSignal']>[0]>();
  const codes: number[] = [];
  const change: Partial<World> = {
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    abandon: (exitCode) => void codes.push(exitCode),
  };
  const send = (signal: 'SIGINT' | 'SIGTERM') => {
    for (const listener of listeners) listener(signal);
  };
  return { change, send, codes, isHeard: () => listeners.size > 0 };
}

const done = { text: '', data: {} };

it('an interruption that comes while the last one is told ends the process with an exit code', async () => {
  const { change, send, codes } = signals();
  const { world } = testWorld([], change);
  const interrupted = perform(
    async (_, { signal }) => {
      send('SIGINT');
      throw signal.reason;
    },
    {},
    world,
    false,
  );
  await expect(interrupted).rejects.toEqual(new Interrupted('SIGINT'));
  send('SIGINT');
  expect(codes).toEqual([130]);
});

it('a command that was not interrupted listens no more when it is over', async () => {
  const { change, isHeard } = signals();
  const { world } = testWorld([], change);
  expect(await perform(async () => done, {}, world, false)).toBe(done);
  expect(isHeard()).toBe(false);
});

it('whatever is thrown after an interruption is told as that', async () => {
  const { change, send } = signals();
  const { world } = testWorld([], change);
  const failed = perform(
    async () => {
      send('SIGTERM');
      throw new Error('a symptom');
    },
    {},
    world,
    false,
  );
  await expect(failed).rejects.toEqual(new Interrupted('SIGTERM'));
});
