import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EnvironmentError, Interrupted } from '../../../src/errors.ts';
import { localDisk } from '../../../src/files.ts';
import { JobBook } from '../../../src/tasks/job-book.ts';
import { probeKind, probeRunner } from '../../../src/tasks/probe.ts';
import { runTask, type TaskRunner } from '../../../src/tasks/run-task.ts';
import { runTasks } from '../../../src/tasks/run-tasks.ts';
import { TaskFolder } from '../../../src/tasks/task-folder.ts';
import type { GivenUp, OpenTask } from '../../../src/tasks/task-runs.ts';
import { fakeEngine } from '../../support/fake-engine.ts';
import { Cluster, type Node, peace } from './cluster.ts';
import { contentOf, SharedDisk } from './disk.ts';
import { fateOfCommand, fateOfWorker, lives } from './fates.ts';
import { Ledger } from './ledger.ts';
import { Machines, Process } from './processes.ts';

const version = '1.2.3';
const image = { id: 'sha256:0', name: 'mine', digests: [], archive: '/nowhere.tar' };
const login = 'login';

/** How a call of the command ended. */
type CallEnd = 'ended' | 'killed' | 'threw';

/** What came of a schedule: nothing in `wrong`, if all is well. */
export interface Told {
  readonly wrong: readonly string[];
  readonly story: readonly string[];
  readonly calls: readonly CallEnd[];
  readonly published: number;
  readonly faults: number;
  readonly givenUp: number;
}

/** Plays a schedule: the same command again and again while things go wrong, and then in peace. */
export async function play(seed: number, root: string): Promise<Told> {
  const machines = new Machines(seed);
  using disk = new SharedDisk(machines);
  const schedule = new Schedule(machines, disk, root);
  await schedule.play();
  return {
    wrong: schedule.ledger.wrong,
    story: machines.story,
    calls: schedule.calls,
    published: schedule.ledger.first.size,
    faults: schedule.ledger.faults,
    givenUp: schedule.givenUp,
  };
}

class Schedule {
  readonly calls: CallEnd[] = [];
  readonly ledger: Ledger;
  givenUp = 0;
  readonly #machines: Machines;
  readonly #disk: SharedDisk;
  readonly #root: string;
  readonly #cluster: Cluster;
  readonly #tasks: readonly string[];
  /** Those whose own fault it is that they fail. */
  readonly #bad: ReadonlySet<string>;
  #key = 'key-1';
  #isPeace = false;
  #pids = 1;

  constructor(machines: Machines, disk: SharedDisk, root: string) {
    const { chance } = machines;
    this.#machines = machines;
    this.#disk = disk;
    this.#root = root;
    // Nodes of a test's cluster are all on one machine.
    const isOneMachine = chance.is(0.3);
    const nodes = Array.from({ length: 2 + chance.below(3) }, (_, at): Node => {
      const name = `node${at + 1}`;
      return { name, hostname: isOneMachine ? login : `host${at + 1}`, isUp: true };
    });
    this.#cluster = new Cluster(
      machines,
      nodes,
      (task, worker, node) => this.#work(task, worker, node),
      () => (this.#isPeace ? lives : fateOfWorker(chance)),
    );
    this.#tasks = Array.from({ length: 2 + chance.below(4) }, (_, at) =>
      join(root, 'tasks', `task-${at + 1}`),
    );
    this.#bad = new Set(this.#tasks.filter(() => chance.is(0.15)));
    this.ledger = new Ledger(this.#bad, (what) => machines.tell(what));
    disk.onRename = ({ name }, to) => this.ledger.see(name, to);
  }

  async play(): Promise<void> {
    const { chance } = this.#machines;
    this.#trouble();
    const most = 1 + chance.below(4);
    for (let call = 0; call < most; call += 1) {
      await this.#call();
      await this.#time(chance.between(0, chance.is(0.5) ? 1000 : 30_000));
      if (chance.is(0.08)) this.#key = `key-${call + 2}`;
    }
    this.#peace();
    const end = await this.#call();
    if (end !== 'ended') this.ledger.wrong.push(`In peace the command ${end}.`);
    const left = this.#cluster.left;
    if (left.length > 0) this.ledger.wrong.push(`With the scheduler is left ${left.join()}.`);
    // What was thought dead goes on to its end, if it is not killed.
    const orphans = () => this.#machines.processes.filter(({ runs }) => runs);
    for (const orphan of orphans()) if (chance.is(0.3)) this.#machines.kill(orphan);
    if (!(await this.#machines.until(() => orphans().length === 0))) {
      this.ledger.wrong.push(
        `They never end: ${orphans()
          .map(({ name }) => name)
          .join()}.`,
      );
    }
    await this.#time(60_000);
    if ((await this.#call()) !== 'ended') this.ledger.wrong.push('The last command did not end.');
    await this.ledger.look(this.#root, this.#tasks, this.#key);
    const jobs = await new JobBook(join(this.#root, 'jobs'), this.#cluster.scheduler()).read();
    if (jobs.length > 0) this.ledger.wrong.push('There are jobs left in the book.');
  }

  async #time(milliseconds: number): Promise<void> {
    let isOver = false;
    this.#machines.later(milliseconds, () => {
      isOver = true;
    });
    await this.#machines.until(() => isOver);
  }

  // --- What goes wrong ---

  #trouble(): void {
    const { chance } = this.#machines;
    const some = () => (chance.is(0.5) ? 0 : chance.between(0.05, 0.3));
    this.#cluster.troubles = {
      twice: some(),
      stale: some(),
      slander: some(),
      refusal: some() / 3,
      lostAnswer: some() / 3,
      noEngine: some(),
      ghost: some(),
    };
    const late = some();
    this.#disk.delay = () => (chance.is(late) ? chance.between(0, 4500) : 0);
    const strokes = chance.below(6);
    for (let each = 0; each < strokes; each += 1) {
      this.#machines.later(chance.between(0, 90_000), () => {
        if (!this.#isPeace) this.#stroke();
      });
    }
  }

  #stroke(): void {
    const machines = this.#machines;
    const { chance } = machines;
    const node = chance.oneOf(this.#cluster.nodes);
    const strokes = [
      () => this.#cluster.lose(node, true),
      () => this.#cluster.lose(node, false),
      () => {
        const seconds = chance.between(3, 30);
        machines.tell(`the controller is silent for ${seconds.toFixed(1)} s`);
        this.#cluster.silentUntil = machines.now + seconds * 1000;
      },
      () => {
        const workers = machines.processes.filter(({ runs, pid }) => runs && pid >= 1000);
        if (workers.length > 0) machines.kill(chance.oneOf(workers));
      },
      () => {
        machines.tell(`the disk of ${node.hostname} is full`);
        this.#disk.full.add(node.hostname);
        machines.later(chance.between(1000, 20_000), () => this.#disk.full.delete(node.hostname));
      },
    ];
    chance.oneOf(strokes)();
  }

  #peace(): void {
    this.#isPeace = true;
    this.#machines.tell('--- peace ---');
    this.#cluster.troubles = peace;
    this.#cluster.silentUntil = 0;
    this.#disk.full.clear();
    this.#disk.delay = () => 0;
  }

  // --- The command, as describe and batch have it ---

  async #call(): Promise<CallEnd> {
    const { chance } = this.#machines;
    this.#pids += 1;
    const fate = this.#isPeace ? lives : fateOfCommand(chance);
    const process = new Process(`command ${this.#pids}`, login, this.#pids, fate);
    if (!this.#isPeace && chance.is(0.15)) {
      const by = chance.oneOf(['SIGINT', 'SIGTERM'] as const);
      this.#machines.later(chance.between(0, 60_000), () => {
        this.#machines.tell(`${process.name} gets ${by}`);
        process.termination.abort(new Interrupted(by));
      });
    }
    this.#machines.start(process, () => this.#command(process));
    if (!(await this.#machines.until(() => !process.runs))) {
      this.ledger.wrong.push(`${process.name} never ends.`);
      this.#machines.kill(process);
    }
    const end = process.isAlive
      ? process.end?.status === 'fulfilled'
        ? 'ended'
        : 'threw'
      : 'killed';
    this.calls.push(end);
    if (process.isAlive && process.end?.status === 'rejected') {
      const { reason } = process.end;
      // Whatever is thrown after an interruption is a symptom of it.
      const isKnown = reason instanceof EnvironmentError || process.termination.signal.aborted;
      if (!isKnown) this.ledger.wrong.push(`${process.name} threw ${reason?.stack ?? reason}`);
      else if (this.#isPeace)
        this.ledger.wrong.push(`${process.name} threw in peace: ${reason.message}`);
    }
    return end;
  }

  async #command(process: Process): Promise<void> {
    const key = this.#key;
    const { host } = process;
    const isAlive = (pid: number) =>
      this.#machines.processes.some((each) => each.runs && each.pid === pid);
    const open: OpenTask[] = [];
    const alsoEnded = this.#machines.chance.is(0.3);
    for (const path of this.#tasks) {
      const folder = new TaskFolder(path);
      await folder.plan({ vsc: version, kind: 'work', key, inputs: [], work: {} });
      await folder.removeStale({ owner: { hostname: host }, isAlive });
      const outcome = await folder.outcome(key);
      if (outcome === undefined || alsoEnded) open.push({ name: basename(path), folder, key });
    }
    const ended = new Map<string, string>();
    const givenUp = await runTasks(
      open,
      {
        scheduler: this.#cluster.scheduler(),
        needs: { cores: 1, gpus: 0 },
        folder: this.#root,
        image,
        pause: (milliseconds) => this.#machines.step('pause', '', milliseconds),
        clock: () => this.#machines.now / 1000,
      },
      {
        engine: async () => fakeEngine({ images: { 'sha256:0': {} } }),
        reporter: { report() {}, async output() {} },
        signal: process.termination.signal,
        insistence: () => AbortSignal.abort(),
        version,
        onCounts() {},
        onOutcome: async ({ name, folder }, { ending, facts }) => {
          if (ended.has(name)) this.ledger.wrong.push(`${name} was told to have ended twice.`);
          ended.set(name, ending);
          this.ledger.compare(folder.path, key, ending);
          if (facts === undefined) this.ledger.wrong.push(`${name} ended without facts.`);
        },
      },
    );
    this.#checkEnds(open, ended, givenUp);
  }

  #checkEnds(
    open: readonly OpenTask[],
    ended: ReadonlyMap<string, string>,
    givenUp: readonly GivenUp[],
  ): void {
    this.givenUp += givenUp.length;
    for (const { name } of open) {
      const times =
        Number(ended.has(name)) + givenUp.filter(({ task }) => task.name === name).length;
      if (times !== 1) this.ledger.wrong.push(`${name} came to ${times} ends.`);
    }
    for (const { task, faults } of givenUp) {
      this.#machines.tell(`${task.name} is given up: ${faults.map(({ cause }) => cause).join()}`);
      if (this.#isPeace) this.ledger.wrong.push(`${task.name} is given up in peace.`);
      const isCancelled = faults.some(({ cause }) => cause === 'cancelled');
      if (faults.length < 3 && !isCancelled)
        this.ledger.wrong.push(`${task.name} is given up after ${faults.length}.`);
    }
  }

  // --- A task, as a node runs it ---

  #work(task: string, worker: Process, node: Node): Promise<void> {
    const seenAtFirst = this.#seesOutcome(task, worker.host);
    const work: TaskRunner = async ({ key }, attempt, signal) => {
      if (seenAtFirst === key)
        this.ledger.wrong.push(`${basename(task)} is run again by ${worker.name}.`);
      const step = async (does: string) => {
        await this.#machines.step(does, task, this.#machines.chance.between(200, 6000));
        signal.throwIfAborted();
      };
      if (this.#machines.chance.is(this.#cluster.troubles.noEngine)) {
        throw new EnvironmentError('The engine is gone.', [], { reason: 'engine' });
      }
      await localDisk('work', () => mkdir(attempt.scratch, { recursive: true }));
      await step('work');
      await localDisk('work', () =>
        writeFile(join(attempt.folder, 'made'), `${key} ${attempt.id}`),
      );
      await step('work');
      const facts = { by: attempt.id };
      await (this.#bad.has(task) ? attempt.fail(facts) : attempt.succeed(facts));
    };
    const probe = probeRunner({
      engine: async () => fakeEngine({ images: { 'sha256:0': {} } }),
      nvidiaSmi: async () => undefined,
    });
    return runTask(
      task,
      { work, [probeKind]: probe },
      {
        signal: worker.termination.signal,
        worker: { node: node.name, hostname: worker.host, pid: worker.pid },
        version,
      },
    );
  }

  /** The key of the outcome that a machine sees. */
  #seesOutcome(task: string, host: string): string | undefined {
    for (const ending of ['done', 'failed']) {
      const path = join(task, ending, 'result.json');
      if (!this.#disk.sees(host, path)) continue;
      return JSON.parse(contentOf(path) ?? '{}').key;
    }
    return undefined;
  }
}
