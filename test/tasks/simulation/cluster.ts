import { EnvironmentError } from '../../../src/errors.ts';
import type {
  EndCause,
  Job,
  Scheduler,
  TaskArray,
  TaskState,
} from '../../../src/scheduler/port.ts';
import { type Machines, Process } from './processes.ts';

/** A machine of the cluster. */
export interface Node {
  readonly name: string;
  readonly hostname: string;
  isUp: boolean;
}

/** A task with the cluster: what it is, and since when that is known. */
interface Entry {
  readonly task: string;
  state: TaskState;
  before: TaskState;
  /** Until then the state before is told. */
  staleUntil: number;
  /** Between these it is told that it was lost, which isn't so. */
  slander: readonly [from: number, to: number];
  /** Of this attempt; what was thought dead may live on elsewhere. */
  workers: Process[];
}

/** What goes wrong, each with its own probability at each occasion; nothing where the world is at peace. */
export interface Troubles {
  readonly twice: number;
  readonly stale: number;
  readonly slander: number;
  readonly refusal: number;
  readonly lostAnswer: number;
  readonly noEngine: number;
  /** It is called running for ever, and there is nothing. */
  readonly ghost: number;
}

export const peace: Troubles = {
  twice: 0,
  stale: 0,
  slander: 0,
  refusal: 0,
  lostAnswer: 0,
  noEngine: 0,
  ghost: 0,
};

const slots = 2;
const partSize = 3;

/** A cluster: nodes on which tasks are run by real code, and a controller that may be silent or wrong. */
export class Cluster {
  readonly nodes: readonly Node[];
  troubles: Troubles = peace;
  silentUntil = 0;
  /** Why a refused or unanswered submission is nobody's bug. */
  readonly #machines: Machines;
  readonly #run: (task: string, worker: Process, node: Node) => Promise<unknown>;
  readonly #fate: () => Process['fate'];
  readonly #jobs = new Map<string, { readonly name: string; readonly entries: readonly Entry[] }>();
  #ids = 0;
  #pids = 1000;

  constructor(
    machines: Machines,
    nodes: readonly Node[],
    run: (task: string, worker: Process, node: Node) => Promise<unknown>,
    fate: () => Process['fate'],
  ) {
    this.#machines = machines;
    this.nodes = nodes;
    this.#run = run;
    this.#fate = fate;
  }

  /** Tasks that wait or run, as far as the controller knows. */
  get left(): readonly string[] {
    return this.#entries
      .filter(({ state }) => state.kind !== 'over')
      .map(({ task, state }) => `${task} ${state.kind}`);
  }

  get #entries(): readonly Entry[] {
    return [...this.#jobs.values()].flatMap(({ entries }) => entries);
  }

  /** A node loses its power, or only its network: then what runs there goes on, unknown to the controller. */
  lose(node: Node, isPower: boolean): void {
    const { chance } = this.#machines;
    this.#machines.tell(`${node.name} loses its ${isPower ? 'power' : 'network'}`);
    node.isUp = false;
    for (const entry of this.#entries) {
      const { state } = entry;
      if (state.kind !== 'running' || state.node !== node.name) continue;
      for (const worker of entry.workers) {
        worker.onEnd = () => {};
        if (isPower && worker.host === node.hostname) this.#machines.kill(worker);
      }
      this.#machines.later(chance.between(2000, 15_000), () => {
        if (entry.state === state) this.#afterLoss(entry, node.name);
      });
    }
    this.#machines.later(chance.between(20_000, 60_000), () => {
      node.isUp = true;
      this.#startSome();
    });
  }

  /** This process's way to the cluster. */
  scheduler(): Scheduler {
    const machines = this.#machines;
    const { chance } = machines;
    return {
      name: 'Simulated',
      outlives: true,
      attempts: 3,
      check: async () => {
        await machines.step('check', '');
        return [];
      },
      submit: async (array, onJob, signal) => {
        for (let at = 0; at < array.tasks.length; at += partSize) {
          const tasks = array.tasks.slice(at, at + partSize);
          await machines.step('submit', array.name);
          if (chance.is(this.troubles.refusal)) throw new EnvironmentError('The submit fails.');
          const job = this.#add(array, tasks);
          await machines.step('hear of', job.id);
          signal.throwIfAborted();
          if (chance.is(this.troubles.lostAnswer)) throw new EnvironmentError('No answer.');
          await onJob(job);
        }
      },
      find: async ({ name }) => {
        await machines.step('find', name);
        if (machines.now < this.silentUntil) throw new EnvironmentError('It does not answer.');
        return [...this.#jobs].flatMap(([id, job]) => {
          if (job.name !== name) return [];
          return { id, name, tasks: job.entries.map(({ task }) => task) };
        });
      },
      watch: (jobs, signal, onSilence) => this.#watch(jobs, signal, onSilence),
      drop: async (jobs, tasks) => {
        await machines.step('drop', '');
        if (machines.now < this.silentUntil) return;
        for (const task of tasks) {
          const job = jobs.findLast((each) => each.tasks.includes(task));
          const entry = job && this.#entriesOf(job).find((each) => each.task === task);
          if (entry !== undefined) this.#end(entry);
        }
      },
      cancel: (jobs) => this.#cancel(jobs),
    };
  }

  async *#watch(jobs: readonly Job[], signal: AbortSignal, onSilence: (why: string) => void) {
    for (;;) {
      await this.#machines.step('watch', '', this.#machines.chance.between(1000, 4000));
      signal.throwIfAborted();
      if (this.#machines.now < this.silentUntil) {
        onSilence('It does not answer.');
        continue;
      }
      const states = new Map<string, TaskState>();
      for (const job of jobs) for (const task of job.tasks) states.set(task, this.#seen(job, task));
      yield states;
      if ([...states.values()].every(({ kind }) => kind === 'over')) return;
    }
  }

  #seen(job: Job, task: string): TaskState {
    const known = this.#jobs.get(job.id);
    const entry = known?.name === job.name && known.entries.find((each) => each.task === task);
    if (!entry) return { kind: 'over', cause: 'unknown' };
    const { now } = this.#machines;
    const [from, to] = entry.slander;
    if (entry.state.kind === 'running' && from <= now && now < to) {
      return { kind: 'over', cause: 'lost', node: entry.state.node, detail: 'SLANDER' };
    }
    return now < entry.staleUntil ? entry.before : entry.state;
  }

  async #cancel(jobs: readonly Job[]): Promise<void> {
    const machines = this.#machines;
    await machines.step('cancel', jobs.map(({ id }) => id).join());
    if (machines.now < this.silentUntil) throw new EnvironmentError('It does not answer.');
    const entries = jobs.flatMap((job) => this.#entriesOf(job));
    for (const entry of entries) this.#end(entry);
    while (entries.some(({ state }) => state.kind !== 'over'))
      await machines.step('await', '', 500);
  }

  #entriesOf({ id, name }: Job): readonly Entry[] {
    const known = this.#jobs.get(id);
    return known?.name === name ? known.entries : [];
  }

  #end(entry: Entry): void {
    if (entry.state.kind === 'over') return;
    for (const worker of entry.workers) worker.termination.abort(new Error('cancelled'));
    if (entry.state.kind === 'waiting' || entry.workers.length === 0)
      this.#become(entry, { kind: 'over', cause: 'cancelled' });
    else {
      this.#machines.later(5000, () => {
        for (const worker of entry.workers) this.#machines.kill(worker);
      });
    }
  }

  #add({ name }: TaskArray, tasks: readonly string[]): Job {
    this.#ids += 1;
    const waiting: TaskState = { kind: 'waiting', reason: 'Priority' };
    const entries = tasks.map(
      (task): Entry => ({
        task,
        state: waiting,
        before: waiting,
        staleUntil: 0,
        slander: [0, 0],
        workers: [],
      }),
    );
    const id = String(this.#ids);
    this.#jobs.set(id, { name, entries });
    this.#machines.tell(`job ${id} (${name}): ${tasks.length} tasks`);
    this.#startLater();
    return { id, name, tasks };
  }

  #become(entry: Entry, state: TaskState): void {
    const { chance, now } = this.#machines;
    entry.before = entry.state;
    entry.state = state;
    entry.staleUntil = chance.is(this.troubles.stale) ? now + chance.between(1000, 10_000) : 0;
    const cause = state.kind === 'over' ? ` ${state.cause}` : '';
    this.#machines.tell(`${entry.task.split('/').slice(-2).join('/')} is ${state.kind}${cause}`);
    this.#startLater();
  }

  #startLater(): void {
    this.#machines.later(this.#machines.chance.between(200, 600), () => this.#startSome());
  }

  #startSome(): void {
    for (const entry of this.#entries) {
      if (entry.state.kind !== 'waiting') continue;
      const node = this.#freeNode();
      if (node === undefined) return;
      this.#begin(entry, node);
    }
  }

  #freeNode(): Node | undefined {
    const running = this.#entries.flatMap(({ state }) =>
      state.kind === 'running' ? state.node : [],
    );
    const free = this.nodes.filter(
      ({ isUp, name }) => isUp && running.filter((each) => each === name).length < slots,
    );
    return free.length === 0 ? undefined : this.#machines.chance.oneOf(free);
  }

  #begin(entry: Entry, node: Node): void {
    const { chance, now } = this.#machines;
    const state: TaskState = { kind: 'running', node: node.name };
    this.#become(entry, state);
    const from = now + chance.between(0, 10_000);
    entry.slander = chance.is(this.troubles.slander) ? [from, from + 4000] : [0, 0];
    entry.workers = [];
    if (chance.is(this.troubles.ghost)) {
      this.#machines.tell('which nobody does');
      return;
    }
    const first = this.#worker(entry, node);
    entry.workers = [first];
    first.onEnd = () => {
      const { isAlive, name } = first;
      const wait = isAlive ? chance.between(0, 300) : chance.between(500, 15_000);
      this.#machines.later(wait, () => {
        if (entry.state !== state) return;
        if (isAlive || first.termination.signal.aborted) {
          const cause = first.termination.signal.aborted ? 'cancelled' : 'ended';
          this.#become(entry, { kind: 'over', cause, node: node.name, detail: name });
        } else this.#afterLoss(entry, node.name);
      });
    };
    // As when a task is put back into the queue while it still runs: nobody knows of the second one.
    if (chance.is(this.troubles.twice))
      entry.workers.push(this.#worker(entry, chance.oneOf(this.nodes)));
  }

  #worker(entry: Entry, node: Node): Process {
    this.#pids += 1;
    const name = `worker ${this.#pids} of ${entry.task.split('/').slice(-2).join('/')}`;
    const worker = new Process(name, node.hostname, this.#pids, this.#fate());
    this.#machines.start(worker, () => this.#run(entry.task, worker, node));
    return worker;
  }

  /** What Slurm makes of a task whose node or script is gone: it waits again, or it is over. */
  #afterLoss(entry: Entry, node: string): void {
    const { chance } = this.#machines;
    if (chance.is(0.5)) {
      this.#become(entry, { kind: 'waiting', reason: 'BeginTime' });
      return;
    }
    const causes: readonly EndCause[] = ['lost', 'ended', 'out-of-time', 'pre-empted', 'unknown'];
    const cause = chance.oneOf(causes);
    this.#become(entry, { kind: 'over', cause, node, detail: cause.toUpperCase() });
  }
}
