import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { containersOf, givenOut, run, told, vsc } from '../support/cli.ts';
import { code, project as describable } from '../support/described.ts';
import { folderWith } from '../support/folder.ts';
import { endlessProject, followsARun } from '../support/following.ts';
import { loadIntoPodman, startPodman } from '../support/podman.ts';
import { honest, limits, projectWith, submissionZip } from '../support/submissions.ts';

const image = 'meta-vsc-descriptor-runtime:slim-local';
const isRoot = process.getuid?.() === 0;
const testing = 'test-submission --dataset test --block-internet';

/** Runs `vsc down --json`, and tells what it stopped. */
async function down(project: string, flags = '', env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await run(project, `down --json ${flags}`, env);
  expect(exitCode, stderr).toBe(0);
  const { processes, containers, jobs } = JSON.parse(stdout);
  return { processes, containers, jobs, stderr };
}

/** A rehearsal that goes on is ended, with its vsc. */
async function endsARun(env: Record<string, string> = {}) {
  const project = await endlessProject();
  const rehearsal = vsc(project, testing, { env });
  await told(rehearsal, 'begun');
  // That which is to score may be on its way.
  const containers = expect.arrayContaining([expect.stringMatching(/^vsc-.*-run$/)]);
  const found = { processes: [rehearsal.pid], containers, jobs: [], stderr: '' };
  expect(await down(project, '--dry-run', env)).toEqual(found);
  expect(await down(project, '', env)).toEqual(found);
  const { exitCode, stderr } = await rehearsal;
  expect({ exitCode, stderr }).toEqual({
    exitCode: 143,
    stderr: expect.stringMatching(/\nTerminated\.\n$/),
  });
  const nothing = await run(project, 'down', env);
  expect(nothing).toEqual({ exitCode: 0, stdout: 'Nothing of this project runs.\n', stderr: '' });
}

/** What a vsc has left that was killed is ended too. */
async function endsWhatIsLeft(env: Record<string, string> = {}) {
  const project = await endlessProject();
  const rehearsal = vsc(project, testing, { env });
  await told(rehearsal, 'begun');
  rehearsal.kill('SIGKILL');
  await rehearsal;
  const { containers, ...rest } = await down(project, '', env);
  expect(rest).toEqual({ processes: [], jobs: [], stderr: '' });
  expect(containers).toContainEqual(expect.stringMatching(/^vsc-.*-run$/));
  expect((await down(project, '', env)).containers).toEqual([]);
}

describe('down', () => {
  it('ends a rehearsal', async () => endsARun());

  it('ends the containers that a killed vsc has left', async () => endsWhatIsLeft());

  it('ends a batch, which begins no other container', async () => {
    const project = await projectWith({
      'a.zip': submissionZip(honest(60)),
      'b.zip': submissionZip(honest(60)),
    });
    const batch = vsc(project, `batch subs --dataset test ${limits}`);
    while ((await containersOf(project)) === '');
    const { processes } = await down(project);
    expect(processes).toEqual([batch.pid]);
    expect((await batch).exitCode).toBe(143);
    expect(await containersOf(project)).toBe('');
    expect((await down(project)).processes).toEqual([]);
  });

  it('ends describing', async () => {
    const root = await describable(code);
    const describing = vsc(root, 'describe --dataset test --shards 12');
    while ((await containersOf(root)) === '');
    expect((await down(root)).processes).toEqual([describing.pid]);
    expect((await describing).exitCode).toBe(143);
    expect(await containersOf(root)).toBe('');
  });

  it('ends a shell', async () => {
    const project = await folderWith({ 'data/test/query_subset.csv': 'video_id\n' });
    const shell = vsc(project, 'interact-container --block-internet --dataset test', {
      stdin: 'pipe',
    });
    shell.stdin?.write('echo ready\n');
    await givenOut(shell, 'ready');
    expect((await down(project)).processes).toEqual([shell.pid]);
    expect((await shell).exitCode).toBe(143);
    expect(await containersOf(project)).toBe('');
  });

  it('leaves other projects alone, and processes that only have the pid of a vsc', async () => {
    const project = await folderWith();
    const other = await folderWith();
    const { stdout: hostname } = await execa('hostname');
    const begin = async (root: string, started: number) => {
      const labels = {
        'vsc.project': root,
        'vsc.pid': String(process.pid),
        'vsc.hostname': hostname,
        'vsc.started': String(started),
      };
      const words = Object.entries(labels).flatMap(([name, value]) => ['-l', `${name}=${value}`]);
      const { stdout } = await execa('docker', ['run', '-d', ...words, image, 'sleep', '600']);
      onTestFinished(
        async () => void (await execa('docker', ['rm', '-f', stdout], { reject: false })),
      );
      return stdout;
    };
    const [, far] = [await begin(project, 1000), await begin(other, 1000)];
    const { processes, containers } = await down(project);
    expect({ processes, containers }).toEqual({ processes: [], containers: [expect.any(String)] });
    expect(await containersOf(project)).toBe('');
    expect(far).toContain(await containersOf(other));
  });
});

describe.runIf(isRoot)('Podman (as root only)', () => {
  let podman: Awaited<ReturnType<typeof startPodman>>;
  let unload: () => Promise<void>;
  beforeAll(async () => {
    unload = await loadIntoPodman(image);
    podman = await startPodman();
  });
  afterAll(async () => {
    await podman.stop();
    await unload();
  });

  it('has its runs followed and ended, too', async () => {
    const env = { DOCKER_HOST: podman.host };
    await followsARun(env);
    await endsARun(env);
    await endsWhatIsLeft(env);
    expect(await podman.containers()).toBe('');
  });
});
