import { judgeAll, verdictsOn } from './judge-all.ts';
import { planTasks, prepareBatch } from './prepare.ts';
import type { BatchRequest, BatchWorld } from './prepared.ts';
import { type Tables, writeTables } from './tables.ts';
import { type Row, ranked } from './verdict.ts';

/** How a batch ended. */
export interface Batch {
  /** The best first. */
  readonly rows: readonly Row[];
  readonly tables: Tables;
  /** The folder of all that is kept, to which the table's paths are relative. */
  readonly root: string;
}

/**
 * Rehearses every zip of a folder on one dataset, each as a single run does, and ranks them. What was judged is
 * kept: called again, it goes on with what is missing.
 * @throws EnvironmentError where nothing can be judged, or much in a row could not be; the signal's reason; the
 * tables then tell how far it came
 */
export async function batch(request: BatchRequest, world: BatchWorld): Promise<Batch> {
  const prepared = await prepareBatch(request, world);
  const { root } = prepared;
  await planTasks(prepared, world);
  const write = async () => {
    const rows = ranked(await verdictsOn(prepared.entries));
    return { rows, tables: await writeTables(root, rows, request), root };
  };
  try {
    await judgeAll(prepared, request, world, write);
  } catch (error) {
    await write();
    throw error;
  }
  return write();
}
