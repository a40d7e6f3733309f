import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { world } from './sources.mjs';

/** Has nothing to do. */
const idle = { name: 'none', outlives: false, attempts: 1, cancel: async () => {} };
const sizes = [100, 1_000, 10_000];

/** What watching costs whoever handed tasks over, but for asking the scheduler. */
export function taskParts(sources) {
  const { runTasks, TaskFolder } = sources;

  const tasksIn = async (place, count) => {
    mkdirSync(place, { recursive: true });
    const tasks = Array.from({ length: count }, (_, at) => ({
      name: String(at),
      folder: new TaskFolder(join(place, 'tasks', String(at))),
      key: 'k',
    }));
    for (const { folder, key } of tasks) {
      await folder.plan({ vsc: world.version, kind: 'bench', key, inputs: [], work: {} });
    }
    return tasks;
  };

  const image = { id: 'sha256:0', name: 'bench', digests: [], archive: '/nowhere.tar' };
  const runThem = async (tasks, folder, scheduler = idle) => {
    const run = { scheduler, needs: { cores: 1, gpus: 0 }, folder, image };
    await runTasks(tasks, run, { ...world, onOutcome: async () => {}, onCounts: () => {} });
  };

  /** Seconds from a look to the next, where these are at once one after the other. */
  const lookAt = async (tasks, place, state) => {
    const states = new Map(tasks.map(({ folder }) => [folder.path, state]));
    const begun = [];
    const enough = new Error('looked');
    const scheduler = {
      name: 'bench',
      outlives: false,
      attempts: 1,
      submit: async ({ name, tasks }, onJob) => onJob({ id: '1', name, tasks }),
      cancel: async () => {},
      async *watch() {
        for (let look = 0; look < 2; look += 1) {
          begun.push(performance.now());
          yield states;
        }
        begun.push(performance.now());
        throw enough;
      },
    };
    await runThem(tasks, place, scheduler).catch((error) => {
      if (error !== enough) throw error;
    });
    return (begun[2] - begun[1]) / 1000;
  };

  const look = (name, state) => ({
    name,
    unit: 'task',
    sizes,
    rounds: 5,
    async prepare(size, place) {
      const tasks = await tasksIn(place, size);
      return { ways: { ours: () => lookAt(tasks, place, state) } };
    },
  });

  return [
    look('a look at tasks that wait', { kind: 'waiting', reason: 'Priority' }),
    look('a look at tasks that run', { kind: 'running', node: 'node1' }),
    {
      name: 'taking in what has ended',
      unit: 'task',
      sizes,
      rounds: 3,
      async prepare(size, place) {
        const tasks = await tasksIn(place, size);
        for (const { folder, key } of tasks) {
          const attempt = await folder.attempt(key, { ...world.owner, node: 'bench' });
          await attempt.succeed({});
        }
        return { ways: { ours: () => runThem(tasks, place) } };
      },
    },
  ];
}
