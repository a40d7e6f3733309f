import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { containersOf, run, told, vsc } from '../support/cli.ts';
import { digest } from '../support/snapshot.ts';
import { honest, limits, projectWith, submissionZip, twelve } from '../support/submissions.ts';

const root = (project: string) => join(project, 'batch/subs-test-descriptor');
const results = async (project: string) =>
  JSON.parse(await readFile(join(root(project), 'results.json'), 'utf8')).submissions as Row[];
const rowOf = async (project: string, name: string) =>
  (await results(project)).find(({ submission }) => submission === name);
const of = ({ exitCode, stderr }: { exitCode?: number | undefined; stderr: string }) => ({
  exitCode,
  stderr,
});

interface Row {
  readonly rank: number | null;
  readonly submission: string;
  readonly verdict: string;
  readonly cause: string | null;
  readonly score: number | null;
  readonly message: string | null;
  readonly folder: string;
  readonly report: string | null;
}

/** What a single run comes to, in a project of its own. */
async function single(project: string, zip: string) {
  await mkdir(join(project, 'submission'), { recursive: true });
  await rm(join(project, 'submission/submission.tar.gz'), { force: true });
  await cp(zip, join(project, 'submission/submission.zip'));
  const { stdout } = await run(project, `test-submission --dataset test ${limits} --json`);
  const { ok, error, score } = JSON.parse(stdout);
  const verdict = ok ? 'runs' : error.name === 'InvalidSubmission' ? 'invalid' : 'failed';
  return { verdict, cause: error?.cause ?? null, score: score?.full.microAveragePrecision ?? null };
}

it('comes to the verdicts of single runs, and ranks', { timeout: 240_000 }, async () => {
  const project = await projectWith(twelve);
  const made = await run(project, `batch subs --dataset test ${limits} --parallel 2`);
  expect(of(made)).toMatchObject({ exitCode: 0 });
  const rows = await results(project);
  expect(rows).toHaveLength(12);
  for (const { submission, verdict, cause, score, folder } of rows) {
    const zip = join(project, 'subs', `${submission}.zip`);
    expect({ submission, verdict, cause, score }).toEqual({
      submission,
      ...(await single(project, zip)),
    });
    if (verdict !== 'runs') continue;
    const kept = await readFile(join(root(project), folder, 'submission.tar.gz'));
    const alone = await readFile(join(project, 'submission/submission.tar.gz'));
    expect(digest(kept)).toBe(digest(alone));
  }
  const verdicts = rows.map(({ verdict }) => verdict);
  expect(verdicts.filter((verdict) => verdict === 'runs')).toHaveLength(3);
  expect(rows.slice(0, 4).map(({ rank }) => rank)).toEqual([1, 1, 1, null]);
  for (const { report } of rows) {
    expect(await readFile(join(root(project), report ?? ''), 'utf8')).toMatch(/^<!doctype html>/);
  }
  const csv = await readFile(join(root(project), 'results.csv'), 'utf8');
  expect(csv.split('\n')[0]).toMatch(/^rank,submission,verdict,cause,micro_average_precision,/);
  expect(csv).toContain(`"'=HYPERLINK(""x"")",failed,killed,`);
  expect(made.stdout).toContain(join(root(project), 'results.html'));
  expect(await containersOf(project)).toBe('');

  const forecast = await run(project, `batch subs --dataset test ${limits} --dry-run`);
  expect(forecast.stdout).toContain('Submissions: 12; judged: 12\n');
  const other = await run(project, 'batch subs --dataset test --dry-run');
  expect(other.stdout).toMatch(/Submissions: 12; judged: 0\nTasks: 12 to run on this machine/);

  // Again: nothing is run, until a zip is another one.
  const again = await run(project, `batch subs --dataset test ${limits}`);
  expect(again.stderr).toContain('12 of 12 submissions are judged already.');
  await writeFile(join(project, 'subs/raises.zip'), submissionZip('raise KeyError("other")\n'));
  const anew = await run(project, `batch subs --dataset test ${limits}`);
  expect(anew.stderr).toContain('A submission has changed');
  expect(anew.stderr).toContain('11 of 12 submissions are judged already.');
  expect((await rowOf(project, 'raises'))?.message).toContain("KeyError: 'other'");
});

/** Kills the container of a submission from outside, again and again, so many times. */
async function killContainers(project: string, times: number, signal: AbortSignal) {
  const killed = new Set<string>();
  while (killed.size < times && !signal.aborted) {
    const running = (
      await execa('docker', [...['ps', '-q', '--filter', `label=vsc.project=${project}`]])
    ).stdout.split('\n');
    for (const id of running) {
      if (id === '' || killed.has(id)) continue;
      const { failed } = await execa('docker', ['kill', id], { reject: false });
      if (!failed) killed.add(id);
    }
  }
}

it('charges no submission what it is not to blame for, and tries it again', async () => {
  const project = await projectWith({ 'one.zip': submissionZip(honest(2)) });
  const over = new AbortController();
  const batch = `batch subs --dataset test ${limits}`;
  const thrice = killContainers(project, 3, over.signal);
  const unlucky = await run(project, `${batch} --json`);
  over.abort();
  await thrice;
  expect(of(unlucky)).toMatchObject({ exitCode: 3 });
  expect(JSON.parse(unlucky.stdout).error).toMatchObject({
    name: 'EnvironmentError',
    cause: 'killed-from-outside',
    message: expect.stringContaining('A submission was not judged, by no fault of its own. one:'),
  });
  const unjudged = await rowOf(project, 'one');
  expect(unjudged).toMatchObject({ verdict: 'not judged', rank: null, report: null });
  const faults = await readdir(join(root(project), unjudged?.folder ?? '', 'faults'));
  expect(faults).toHaveLength(3);

  const later = new AbortController();
  const once = killContainers(project, 1, later.signal);
  const lucky = await run(project, batch);
  later.abort();
  await once;
  expect(of(lucky)).toMatchObject({ exitCode: 0 });
  expect(await rowOf(project, 'one')).toMatchObject({ verdict: 'runs', rank: 1 });
  expect(await containersOf(project)).toBe('');
});

it('tells how far it came when it is stopped, and goes on', async () => {
  const project = await projectWith({
    'a.zip': submissionZip(honest()),
    'b.zip': submissionZip(honest(30)),
  });
  const batch = `batch subs --dataset test --block-internet`;
  const going = vsc(project, batch);
  await told(going, 'a: runs');
  going.kill('SIGINT');
  expect((await going).exitCode).toBe(130);
  expect(await rowOf(project, 'a')).toMatchObject({ verdict: 'runs', rank: 1 });
  expect(await rowOf(project, 'b')).toMatchObject({ verdict: 'waiting', cause: null });
  await writeFile(join(project, 'subs/b.zip'), submissionZip(honest()));
  const done = await run(project, batch);
  expect(done.stderr).toContain('1 of 2 submissions are judged already.');
  expect(await rowOf(project, 'b')).toMatchObject({ verdict: 'runs' });
  expect(await containersOf(project)).toBe('');
});

it('says what is missing before anything runs', async () => {
  const project = await projectWith({});
  const empty = await run(project, 'batch subs --dataset test');
  expect(of(empty)).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining(`There is no *.zip in ${join(project, 'subs')}.`),
  });
  const nowhere = await run(project, 'batch nowhere --dataset test');
  expect(nowhere.exitCode).toBe(3);
  expect(nowhere.stderr).toContain(join(project, 'nowhere'));
});
