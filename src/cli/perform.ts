import type { Deps, Perform, Result } from '../commands/host.ts';
import { Interrupted } from '../errors.ts';
import { makeDeps, makeSink } from './deps.ts';
import { exitCodeOf } from './tell.ts';
import type { World } from './world.ts';

/** Carries a command out. @throws Interrupted whatever was thrown after an interruption: that is a symptom of it */
export async function perform<Options>(
  run: Perform<Options>,
  options: Options,
  world: World,
  json: boolean,
): Promise<Result> {
  const { signals, stop } = listen(world);
  try {
    const sink = await makeSink(world, json);
    try {
      return await run(options, makeDeps(world, sink, signals, json));
    } finally {
      sink.close();
    }
  } catch (error) {
    const { aborted, reason } = signals.signal;
    throw aborted ? reason : error;
  } finally {
    stop();
  }
}

/**
 * Hears interruptions: what commands are told of them, and what ends that. After one it never ends: the next may come
 * while the first is told, and would kill the process with a signal for an exit code.
 */
function listen(world: World): {
  readonly signals: Pick<Deps, 'signal' | 'insistence'>;
  readonly stop: () => void;
} {
  const interruption = new AbortController();
  const insistence = new AbortController();
  let isInsistenceMinded = false;
  const turnDeaf = world.onSignal((signal) => {
    const reason = new Interrupted(signal);
    const isFirst = !interruption.signal.aborted;
    if (!isFirst && (!isInsistenceMinded || insistence.signal.aborted)) {
      world.abandon(exitCodeOf(reason));
    }
    (isFirst ? interruption : insistence).abort(reason);
  });
  const signals = {
    signal: interruption.signal,
    insistence: () => {
      isInsistenceMinded = true;
      return insistence.signal;
    },
  };
  const stop = () => {
    if (!interruption.signal.aborted) turnDeaf();
  };
  return { signals, stop };
}
