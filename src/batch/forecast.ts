import type { Forecast } from '../tasks/forecast.ts';
import { verdictsOn } from './judge-all.ts';
import { prepareBatch } from './prepare.ts';
import type { BatchRequest, BatchWorld } from './prepared.ts';

/** Finds the submissions and looks which of them are judged; nothing runs, and nothing is removed. */
export async function forecastBatch(request: BatchRequest, world: BatchWorld): Promise<Forecast> {
  const { entries } = await prepareBatch(request, world);
  const judged = (await verdictsOn(entries)).flatMap(({ verdict }) =>
    'report' in verdict ? verdict : [],
  );
  const taken = judged.reduce((sum, { containerSeconds }) => sum + (containerSeconds ?? 0), 0);
  const timed = judged.filter(({ containerSeconds }) => containerSeconds !== null).length;
  const [tasks, done] = [entries.length, judged.length];
  return { tasks, done, secondsLeft: timed === 0 ? null : (taken / timed) * (tasks - done) };
}
