import type { EndCause, Job, TaskState, TaskStates } from './port.ts';

/** What `squeue` is asked to print of each task: the name comes last, as it may hold anything. */
export const queueFormat = '%F|%K|%T|%N|%r|%j';

/** A task as `squeue` tells of it. */
export interface QueueRow {
  /** The array's id. */
  readonly id: string;
  /** The task's place in its job, from 0. */
  readonly place: number;
  /** The name that the job was given. */
  readonly name: string;
  readonly state: TaskState;
  /** It is over, for Slurm holds it for good; yet it is in the queue until somebody cancels it. */
  readonly isStuck?: true;
}

/** Reads what `squeue` has printed by {@link queueFormat}, a task a line; jobs that are no arrays are passed over. */
export function readQueue(text: string): readonly QueueRow[] {
  const rows: QueueRow[] = [];
  for (const line of text.split('\n')) {
    const [, id, place, word = '', nodes = '', reason = '', name = ''] =
      /^(\d+)\|(\d+)\|([^|]*)\|([^|]*)\|([^|]*)\|(.*)$/.exec(line) ?? [];
    if (id === undefined) continue;
    const state = stateOf(word, nodes, reason);
    const isStuck = state.kind === 'over' && waiting.has(word);
    rows.push({ id, place: Number(place), name, state, ...(isStuck && { isStuck }) });
  }
  return rows;
}

/**
 * What is known of the tasks of some jobs. Slurm forgets those that are over after a while, and a controller that
 * was started again calls them running for some seconds: what was over stays so.
 */
export class KnownTasks {
  readonly #jobs: readonly Job[];
  readonly #over = new Map<string, TaskState>();

  constructor(jobs: readonly Job[]) {
    this.#jobs = jobs;
  }

  /** All tasks' states, by what is in the queue now; of what is not, nobody knows what became of it. */
  after(rows: readonly QueueRow[]): TaskStates {
    const told = new Map(rows.map((row) => [keyOf(row), row.state]));
    const states = new Map<string, TaskState>();
    for (const { id, name, tasks } of this.#jobs) {
      for (const [place, task] of tasks.entries()) {
        const key = keyOf({ id, place, name });
        const state = this.#over.get(key) ?? told.get(key) ?? unknown;
        if (state.kind === 'over' && state !== unknown) this.#over.set(key, state);
        states.set(task, state);
      }
    }
    return states;
  }
}

const unknown: TaskState = { kind: 'over', cause: 'unknown' };

/** An id may be somebody else's by now, so the name counts, too. */
function keyOf({ id, place, name }: Pick<QueueRow, 'id' | 'place' | 'name'>): string {
  return `${id}_${place} ${name}`;
}

/**
 * A task's state by Slurm's word for it (squeue(1), "JOB STATE CODES"), its nodes and the reason why it waits
 * or has ended. Of a word that is not listed it is over, and nobody knows how.
 */
export function stateOf(word: string, nodes: string, reason: string): TaskState {
  const why = /^(?:None|\(null\)|)$/.test(reason) ? '' : reason;
  if (waiting.has(word) && stuck.test(why)) return { kind: 'over', cause: 'lost', detail: why };
  if (waiting.has(word)) {
    const words = waitsFor(word, why);
    return { kind: 'waiting', ...(words !== undefined && { reason: words }) };
  }
  if (running.has(word)) return { kind: 'running', node: nodes };
  return {
    kind: 'over',
    cause: causes[word] ?? 'unknown',
    ...(!/^(?:None assigned|\(null\)|)$/.test(nodes) && { node: nodes }),
    detail: why === '' ? word : `${word}, ${why}`,
  };
}

const waiting: ReadonlySet<string> = new Set([
  ...['PENDING', 'CONFIGURING', 'REQUEUED', 'REQUEUE_FED', 'REQUEUE_HOLD', 'SPECIAL_EXIT'],
  ...['RESV_DEL_HOLD', 'SUSPENDED', 'STOPPED'],
]);

/** Its processes may be there. */
const running: ReadonlySet<string> = new Set([
  ...['RUNNING', 'COMPLETING', 'STAGE_OUT', 'RESIZING', 'SIGNALING'],
]);

const causes: Readonly<Record<string, EndCause>> = {
  COMPLETED: 'ended',
  FAILED: 'ended',
  OUT_OF_MEMORY: 'ended',
  NODE_FAIL: 'lost',
  BOOT_FAIL: 'lost',
  LAUNCH_FAILED: 'lost',
  TIMEOUT: 'out-of-time',
  DEADLINE: 'out-of-time',
  PREEMPTED: 'pre-empted',
  CANCELLED: 'cancelled',
};

/**
 * Reasons for which Slurm itself holds a task that a node could not begin, be it that its disk is full: without
 * somebody who releases it, it waits for ever.
 */
const stuck = /launch failed requeued held|JobHoldMaxRequeue/i;

/** What a task waits for, in words where they are known. */
function waitsFor(word: string, reason: string): string | undefined {
  if (word === 'CONFIGURING') return 'its node to start';
  if (word === 'SUSPENDED' || word === 'STOPPED') return 'somebody to resume it';
  if (reason === '') return undefined;
  const obstacle = obstacles.find(([pattern]) => pattern.test(reason))?.[1];
  return turns[reason] ?? (obstacle === undefined ? reason : `${obstacle} (${reason})`);
}

/** Reasons to wait for its turn: nobody has to do anything about them. */
const turns: Readonly<Record<string, string>> = {
  Resources: 'free nodes',
  Priority: 'jobs of higher priority',
  JobArrayTaskLimit: 'tasks of its own array: no more may run at a time',
  BeginTime: 'its next start',
  Dependency: 'other tasks',
  Cleaning: 'its last run to be cleared away',
  Prolog: 'its node to be made ready',
  Licenses: 'licenses',
  Reservation: 'its reservation',
};

/** Other reasons: Slurm's word goes with them, by which its pages tell more. */
const obstacles: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^(NodeDown|ReqNodeNotAvail|Nodes required for job)/, 'nodes that are down or reserved'],
  [/^Partition(Down|Inactive)$/, 'its partition, which begins no tasks now'],
  [
    /^(Partition(Config|NodeLimit|TimeLimit)|MaxMemPerLimit|BadConstraints|Invalid|AccountNotAllowed|QOSNotAllowed|Job's account)/,
    'what it will never get: nothing there is or may be as it asks for',
  ],
  [/^(Assoc|QOS|MaxGRESPerAccount)/, 'the limits of its user, account or quality of service'],
  [/held/i, 'somebody to release it'],
];
