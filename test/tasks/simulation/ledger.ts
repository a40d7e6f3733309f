import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TaskFolder } from '../../../src/tasks/task-folder.ts';
import { contentOf } from './disk.ts';

/** What was published first of a task with a key. */
interface First {
  readonly ending: 'done' | 'failed';
  readonly made: string | undefined;
  readonly result: string | undefined;
}

/** What was published, and all that is wrong about it. */
export class Ledger {
  readonly wrong: string[] = [];
  readonly first = new Map<string, First>();
  faults = 0;
  readonly #bad: ReadonlySet<string>;
  readonly #tell: (what: string) => void;

  /** @param bad tasks whose own fault it is that they fail */
  constructor(bad: ReadonlySet<string>, tell: (what: string) => void) {
    this.#bad = bad;
    this.#tell = tell;
  }

  /** A process has given something its place. */
  see(by: string, to: string): void {
    if (to.includes('/probe/')) return;
    const ending = basename(to);
    if (/\/faults\/[^/]+$/.test(to)) this.faults += 1;
    if (ending !== 'done' && ending !== 'failed') return;
    const { key } = JSON.parse(contentOf(join(to, 'result.json')) ?? '{}');
    const task = join(to, '..');
    this.#tell(`${by} publishes ${basename(task)} ${ending} of ${key}`);
    const id = `${task} ${key}`;
    if (!this.first.has(id)) this.first.set(id, { ending, ...readEnding(to) });
    const isBad = this.#bad.has(task);
    if (isBad !== (ending === 'failed')) this.wrong.push(`${basename(task)} is ${ending}.`);
  }

  /** Whether what was published first is what is there. */
  compare(task: string, key: string, ending: string): void {
    const first = this.first.get(`${task} ${key}`);
    const now = readEnding(join(task, ending));
    if (first?.ending === ending && first.made === now.made && first.result === now.result) return;
    this.wrong.push(
      `${basename(task)}: ${ending} is ${now.made}, not ${first?.ending} ${first?.made}`,
    );
  }

  /** When all is over: each task has what was published first of it, and nothing lies about. */
  async look(root: string, tasks: readonly string[], key: string): Promise<void> {
    for (const path of tasks) {
      const outcome = await new TaskFolder(path).outcome(key);
      if (outcome === undefined) this.wrong.push(`${basename(path)} is lost.`);
      else this.compare(path, key, outcome.ending);
      const allowed = ['done', 'failed', 'faults', 'task.json'];
      const odd = (await readdir(path)).filter((name) => !allowed.includes(name));
      if (odd.length > 0) this.wrong.push(`In ${basename(path)} is left ${odd.join()}.`);
    }
    const odd = (await readdir(root, { recursive: true })).filter(
      (name) => (name.endsWith('.partial') && !name.includes('/faults/')) || /^probe\/./.test(name),
    );
    if (odd.length > 0) this.wrong.push(`There is left ${odd.join()}.`);
  }
}

function readEnding(folder: string) {
  return { made: contentOf(join(folder, 'made')), result: contentOf(join(folder, 'result.json')) };
}
