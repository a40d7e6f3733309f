import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { containersOf, run, vsc } from '../support/cli.ts';
import { type SlurmCluster, startSlurm } from '../support/slurm.ts';
import { honest, limits, projectWith, submissionZip, twelve } from '../support/submissions.ts';

let cluster: SlurmCluster;

beforeAll(async () => {
  cluster = await startSlurm();
});

afterAll(() => cluster?.stop());

const batch = `batch subs --dataset test ${limits}`;
const root = (project: string) => join(project, 'batch/subs-test-descriptor');

/** Verdicts, causes and scores by the submissions' names. */
const verdicts = async (project: string) => {
  const { submissions } = JSON.parse(await readFile(join(root(project), 'results.json'), 'utf8'));
  type Told = Record<'submission' | 'verdict' | 'cause' | 'score' | 'rank', unknown>;
  return Object.fromEntries(
    (submissions as Told[]).map(({ submission, verdict, cause, score, rank }) => [
      submission,
      { verdict, cause, score, rank },
    ]),
  );
};

const nothingIsLeftOf = async (project: string) => {
  expect(await containersOf(project)).toBe('');
  expect(await cluster.run('squeue', '-h', '-t', 'pending,running,completing')).toBe('');
  const left = (await readdir(join(project, 'batch'), { recursive: true })).join('\n');
  expect(left).not.toMatch(/\.attempt-|\.run-|\.partial/);
};

it('comes to the verdicts of one machine, though a node is lost and vsc is killed meanwhile', {
  timeout: 400_000,
}, async () => {
  const [here, there] = [await projectWith(twelve), await projectWith(twelve)];
  const first = vsc(there, `${batch} --on slurm`, { env: cluster.env });
  onTestFinished(async () => void first.kill('SIGKILL'));
  const done = async () => {
    const names = await readdir(join(root(there), 'submissions'), { recursive: true }).catch(
      () => [],
    );
    return names.filter((name) => name.endsWith('/done')).length;
  };
  while ((await done()) < 2) await sleep(100);
  await cluster.meddle('kill-node', '2');
  while ((await done()) < 4) await sleep(100);
  first.kill('SIGKILL');
  await first;
  const [second, alone] = await Promise.all([
    run(there, `${batch} --on slurm`, cluster.env as Record<string, string>),
    run(here, batch),
  ]);
  expect(alone.exitCode, alone.stderr).toBe(0);
  expect(second.exitCode, second.stderr).toBe(0);
  expect(await verdicts(there)).toEqual(await verdicts(here));
  await nothingIsLeftOf(there);
  await cluster.meddle('start-node', '2');
});

it('charges nobody what somebody cancelled, and goes on with it', {
  timeout: 400_000,
}, async () => {
  const project = await projectWith({ 'a.zip': submissionZip(honest(20)) });
  const env = cluster.env as Record<string, string>;
  const going = run(project, `${batch} --time-limit 60s --on slurm --json`, env);
  while ((await containersOf(project)) === '') await sleep(100);
  await cluster.run('scancel', '--user=root');
  const { exitCode, stdout, stderr } = await going;
  expect(exitCode, stderr).toBe(3);
  expect(JSON.parse(stdout).error).toMatchObject({ cause: 'cancelled' });
  expect(await verdicts(project)).toMatchObject({ a: { verdict: 'not judged', score: null } });
  await nothingIsLeftOf(project);
  await writeFile(join(project, 'subs/a.zip'), submissionZip(honest()));
  expect(await run(project, `${batch} --on slurm`, env)).toMatchObject({ exitCode: 0 });
  expect(await verdicts(project)).toMatchObject({ a: { verdict: 'runs', rank: 1 } });
  await nothingIsLeftOf(project);
});
