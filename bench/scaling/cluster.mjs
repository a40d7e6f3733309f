import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../support/sources.mjs';
import { world } from './sources.mjs';

/** As large clusters are set up, but that what is over is forgotten soon: rounds must not meet each other's. */
const settings = ['MaxJobCount=100000', 'MinJobAge=5'];

/** A Slurm cluster of three nodes with two slots each on this machine. */
export function clusterIn(place) {
  const script = (...words) => execa('bash', [join(root, 'scripts/slurm-cluster.sh'), ...words]);
  let up;
  return {
    env: async () => {
      up ??= script('up', place, ...settings);
      return { ...process.env, SLURM_CONF: (await up).stdout.replace('SLURM_CONF=', '') };
    },
    down: () => script('down', place),
  };
}

/** What Slurm costs, and what it costs to ask it. */
export function clusterParts({ JobBook, slurmScheduler, TaskFolder }, cluster) {
  const empty = ['/bin/true'];

  /** Tasks that are planned, and how to hand them over. */
  const arrayIn = async (place, count, options) => {
    const tasks = Array.from({ length: count }, (_, at) => join(place, 'tasks', String(at)));
    for (const path of tasks) {
      const spec = { vsc: world.version, kind: 'bench', key: 'k', inputs: [], work: {} };
      await new TaskFolder(path).plan(spec);
    }
    const folder = join(place, 'jobs');
    mkdirSync(folder);
    const scheduler = slurmScheduler({ command: empty, env: await cluster.env(), options });
    const book = new JobBook(folder, scheduler);
    const submit = async () => {
      const jobs = [];
      const name = `vsc-${process.hrtime.bigint()}`;
      const needs = { cores: 1, gpus: 0 };
      const onJob = async (job) => void jobs.push(job);
      await book.submit({ name, folder, tasks, needs, avoid: [] }, onJob, world.signal);
      return jobs;
    };
    return { scheduler, submit };
  };

  const look = async (scheduler, jobs) => {
    for await (const states of scheduler.watch(jobs, world.signal, () => {})) return states;
  };
  const watch = async (scheduler, jobs) => {
    for await (const states of scheduler.watch(jobs, world.signal, () => {})) void states;
  };

  const held = { unit: 'task', sizes: [100, 1_000, 5_000], rounds: 5 };
  const run = { unit: 'task', sizes: [30, 100, 300], rounds: 3 };
  return [
    {
      name: 'handing over',
      ...held,
      async prepare(size, place) {
        const { scheduler, submit } = await arrayIn(place, size, ['--hold']);
        const all = [];
        return {
          ways: { ours: async () => void all.push(...(await submit())) },
          end: () => scheduler.cancel(all),
        };
      },
    },
    {
      name: 'asking Slurm for tasks that wait',
      ...held,
      async prepare(size, place) {
        const { scheduler, submit } = await arrayIn(place, size, ['--hold']);
        const jobs = await submit();
        return {
          ways: {
            ours: async () => {
              const states = await look(scheduler, jobs);
              if ([...states.values()].some(({ kind }) => kind !== 'waiting'))
                throw new Error('Not held.');
            },
          },
          end: () => scheduler.cancel(jobs),
        };
      },
    },
    {
      name: 'empty tasks in six slots, to their end',
      ...run,
      async prepare(size, place) {
        const { scheduler, submit } = await arrayIn(place, size, []);
        return { ways: { ours: async () => watch(scheduler, await submit()) } };
      },
    },
  ];
}
