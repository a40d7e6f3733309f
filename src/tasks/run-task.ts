import { EnvironmentError, VscError } from '../errors.ts';
import { digestFile } from '../provenance/digests.ts';
import type { TaskSpec, Worker } from './task.ts';
import { type Attempt, TaskFolder } from './task-folder.ts';

/** Does what tasks of a kind are for, and says of the attempt how it ended. Throws what is no fault of the task. */
export type TaskRunner = (spec: TaskSpec, attempt: Attempt, signal: AbortSignal) => Promise<void>;

/** What running a task needs of the world. */
export interface TaskWorld {
  readonly signal: AbortSignal;
  readonly worker: Worker;
  /** Of `vsc`. */
  readonly version: string;
}

/**
 * Runs the task in a folder, unless it has come to its end before. What kept it from that is left there as
 * evidence, too.
 * @throws EnvironmentError for what is no fault of the task; the signal's reason; bugs
 */
export async function runTask(
  path: string,
  runners: Readonly<Record<string, TaskRunner>>,
  { signal, worker, version }: TaskWorld,
): Promise<void> {
  const folder = new TaskFolder(path);
  const spec = await folder.spec();
  if ((await folder.outcome(spec.key)) !== undefined) return;
  await using attempt = await folder.attempt(spec.key, worker);
  try {
    requireSame(spec, version);
    const run = runners[spec.kind];
    if (run === undefined) throw new EnvironmentError(`${path} is a task of an unknown kind.`);
    for (const input of spec.inputs) await requireUnchanged(input, signal);
    await run(spec, attempt, signal);
  } catch (error) {
    signal.throwIfAborted();
    await attempt.blameNode(evidence(error));
    throw error;
  }
}

function requireSame({ vsc }: TaskSpec, version: string): void {
  if (vsc === version) return;
  throw new EnvironmentError(`This node has vsc ${version}; the task was planned by vsc ${vsc}.`, [
    'Install the same one at the same path on every node, or on a file system that all share.',
  ]);
}

async function requireUnchanged(
  { path, sha256 }: TaskSpec['inputs'][number],
  signal: AbortSignal,
): Promise<void> {
  if ((await digestFile(path, signal)).sha256 === sha256) return;
  throw new EnvironmentError(
    `${path} is not what it was when the task was planned.`,
    ['Run the same command again: it plans anew.'],
    { reason: 'changed-inputs' },
  );
}

/** What an error tells of what kept the task from its end. */
function evidence(error: unknown): Parameters<Attempt['blameNode']>[0] {
  if (error instanceof VscError) {
    const { reason = 'environment', message, next } = error;
    return { cause: reason, message, next };
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { cause: 'bug', message: `A bug in vsc: ${told}`, next: [] };
}
