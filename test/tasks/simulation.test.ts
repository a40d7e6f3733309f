import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../support/folder.ts';
import { play, type Told } from './simulation/schedule.ts';

/**
 * Schedules of a simulated cluster, in which attempts and the command itself are killed at every step, nodes and
 * the controller go away, and states lag; see `simulation/`. To look into one: VSC_SEED=17 npx vitest run
 * test/tasks/simulation.test.ts. More of them: VSC_SCHEDULES=10000.
 */
const only = process.env.VSC_SEED;
const count = Number(process.env.VSC_SCHEDULES ?? 200);
const seeds =
  only === undefined ? Array.from({ length: count }, (_, at) => at + 1) : [Number(only)];

describe('tasks in a world where everything fails', () => {
  it('each come to one end, which stays, and leave nothing', { timeout: 3_600_000 }, async () => {
    const root = await folderWith();
    const all: Told[] = [];
    const wrong: string[] = [];
    for (const seed of seeds) {
      const folder = join(root, String(seed));
      const told = await play(seed, folder);
      all.push(told);
      if (only !== undefined) process.stderr.write(`${told.story.join('\n')}\n`);
      wrong.push(...told.wrong.map((what) => `VSC_SEED=${seed}: ${what}`));
      await rm(folder, { recursive: true, force: true });
    }
    expect(wrong).toEqual([]);
    expect(await readdir(root)).toEqual([]);
    if (only !== undefined) return;
    const sum = (of: (told: Told) => number) => all.reduce((total, told) => total + of(told), 0);
    const calls = all.flatMap((told) => told.calls);
    const times = (end: string) => calls.filter((each) => each === end).length;
    // The world was as bad as it says.
    expect(sum(({ faults }) => faults)).toBeGreaterThan(seeds.length / 4);
    expect(sum(({ givenUp }) => givenUp)).toBeGreaterThan(seeds.length / 50);
    expect(times('killed')).toBeGreaterThan(seeds.length / 4);
    expect(times('threw')).toBeGreaterThan(seeds.length / 10);
  });
});
