import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { hearSignals, type SignalWorld } from '../../src/cli/signals.ts';

/** What is heard of these signals, and of how many is listened to after the end. */
function heard(world: SignalWorld, signals: readonly string[]) {
  const source = new EventEmitter();
  const meanings: string[] = [];
  const stop = hearSignals(source, (signal) => meanings.push(signal), world);
  for (const signal of signals) source.emit(signal);
  stop();
  return { meanings, left: source.eventNames() };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'];

it.each<[NodeJS.Platform, boolean, string[]]>([
  ['linux', true, ['SIGINT', 'SIGTERM', 'SIGTERM']],
  ['linux', false, ['SIGINT', 'SIGTERM']],
  ['darwin', true, ['SIGINT', 'SIGTERM', 'SIGTERM']],
  ['win32', true, ['SIGINT', 'SIGTERM', 'SIGTERM', 'SIGTERM']],
  ['win32', false, ['SIGINT', 'SIGTERM', 'SIGTERM']],
])('on %s, at a terminal: %s, these are heard: %j', (platform, atTerminal, meanings) => {
  expect(heard({ platform, atTerminal }, signals)).toEqual({ meanings, left: [] });
});
