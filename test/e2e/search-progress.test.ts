import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { preparedProject, run } from '../support/cli.ts';

const image = process.env.SUBMISSION_IMAGE ?? `${descriptorTrack.localRepository}:slim-local`;
const slow = `vsc-test-slow-search-${process.pid}`;

/** In place of the searches: what takes as long as one of large sets would, and tells as much of it. */
const slowly = [
  'import time',
  'def slowly(self, stage, *sets):',
  '    with self.progress.stage(stage, 40000) as watch:',
  '        for part in range(1, 5):',
  '            time.sleep(0.7)',
  '            watch(part * 10000, part / 4)',
  '    return search(*sets[:2])',
  'DescriptorScoring._search = slowly',
];

beforeAll(async () => {
  const file = '/opt/vsc_runtime/vsc_runtime/descriptor_scoring.py';
  const input = `FROM ${image}\nRUN printf '${slowly.join('\\n')}\\n' >> ${file}\n`;
  await execa('docker', ['build', '--quiet', '--tag', slow, '-'], { input });
});
afterAll(() => execa('docker', ['image', 'rm', '--force', slow]));

it('a long search has a line now and then, and none of them in the log', async () => {
  const project = await preparedProject();
  await run(project, 'pack-quickstart --dataset test');
  const env = { SUBMISSION_IMAGE: slow };
  const { exitCode, stderr } = await run(project, 'test-submission --dataset test', env);
  expect(exitCode, stderr).toBe(0);
  const lines = stderr.split('\n').filter((line) => line.includes(' of 40,000 references'));
  for (const stage of ['Search, full set', 'Search, subset']) {
    const said = lines.filter((line) => line.startsWith(`${stage}: `));
    expect(said.length, stderr).toBeGreaterThan(1);
    expect(said[0]).toMatch(/: \d0,000 of 40,000 references, \d s left$/);
    expect(said.at(-1)).toBe(`${stage}: 40,000 of 40,000 references, done`);
  }
  const log = await readFile(join(project, 'submission/log.txt'), 'utf8');
  expect(log).toMatch(/^Searched .* pairs$/m);
  expect(log).not.toContain('40000');
  expect(log.split('\n').length).toBeLessThan(15);
});
