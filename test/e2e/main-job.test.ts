import { access, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { archivedFile } from '../support/archive.ts';
import {
  leaveOldArchive,
  packWith,
  preparedProject,
  run,
  subsetQueries,
  told,
  vsc,
} from '../support/cli.ts';

const testing = 'test-submission --dataset test --block-internet';

const log = (project: string) => readFile(join(project, 'submission/log.txt'), 'utf8');
const archive = (project: string) => join(project, 'submission/submission.tar.gz');
const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** Lines of a ranking inside the archive, without the header. */
const rankings = async (project: string, name: string) => {
  const text = (await archivedFile(archive(project), name)).toString();
  return text.trimEnd().split('\n').slice(1);
};

/** Containers that `vsc` made for a project and that are still there. */
const containers = async (project: string) => {
  const filter = `label=vsc.project=${project}`;
  return (await execa('docker', ['ps', '-aq', '--filter', filter])).stdout;
};

describe('the quickstart, end to end', () => {
  it('packs, runs, and leaves both rankings and a log equal to what was shown', async () => {
    const project = await preparedProject();
    expect(await run(project, 'pack-quickstart --dataset test')).toMatchObject({ exitCode: 0 });
    const tested = await run(project, testing);
    expect(tested.stderr + tested.stdout).toContain('slim');
    expect(tested.exitCode).toBe(0);
    expect(await rankings(project, 'full_rankings.csv')).toHaveLength(30 * 25);
    expect(await rankings(project, 'subset_rankings.csv')).toHaveLength(subsetQueries * 25);
    const logged = await log(project);
    expect(logged).toContain('query_descriptors.npz');
    expect(tested.stderr).toContain(logged);
    expect(tested.stdout).toMatch(/seconds per query +0\.\d\d, .* below the limit of 10 s/);
    expect(tested.stdout).toMatch(/ranked pairs +750 full, 100 subset/);
    expect(tested.stdout).toMatch(/peak memory +\d/);
    expect(await containers(project)).toBe('');
  });

  it('tells the same as JSON', async () => {
    const project = await preparedProject();
    await run(project, 'pack-quickstart --dataset test');
    const { stdout } = await run(project, `${testing} --json`);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ ok: true, fullPairs: 750, subsetPairs: 100, subsetQueries });
    expect(result.pace).toMatchObject({ limit: 10, projectedQueries: 800 });
    expect(result.report.stages.map(({ name }: { name: string }) => name)).toContain('search_full');
    expect(await isThere(result.reportPage)).toBe(true);
  });

  it('shows the containers on a dry run and starts none', async () => {
    const project = await preparedProject();
    await run(project, 'pack-quickstart --dataset test');
    const { stdout } = await run(project, `${testing} --dry-run`);
    expect(JSON.parse(stdout)).toMatchObject([
      { command: expect.arrayContaining(['execute']), network: 'none' },
      { command: ['score', '--subset', expect.any(String)], network: 'none' },
    ]);
    expect(await isThere(join(project, 'submission/log.txt'))).toBe(false);
  });

  it('gives the same zip twice, and refuses to overwrite it', async () => {
    const project = await preparedProject();
    const zip = join(project, 'submission/submission.zip');
    await run(project, 'pack-quickstart --dataset test');
    const first = await readFile(zip);
    const refused = await run(project, 'pack-quickstart --dataset test');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('--force');
    await rm(join(project, 'submission_quickstart'), { recursive: true });
    expect((await run(project, 'pack-quickstart --force --dataset test')).exitCode).toBe(0);
    expect((await readFile(zip)).equals(first)).toBe(true);
  });
});

describe('a submission that fails', () => {
  it('exits with 1, shows the traceback, and leaves no archive of an earlier run', async () => {
    const project = await preparedProject();
    await packWith(project, 'print("so far")\nraise ValueError("no such model")\n');
    await leaveOldArchive(project);
    const { exitCode, stderr } = await run(project, testing);
    expect(exitCode).toBe(1);
    for (const text of [stderr, await log(project)]) {
      expect(text).toContain('so far\nTraceback (most recent call last)');
      expect(text).toContain('ValueError: no such model');
    }
    expect(stderr).toContain('The submission failed: ');
    expect(await isThere(archive(project))).toBe(false);
    expect(await containers(project)).toBe('');
  });

  it('exits with 1 when main.py writes nothing', async () => {
    const project = await preparedProject();
    await packWith(project, 'pass\n');
    const { exitCode, stderr } = await run(project, testing);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('subset_query_descriptors.npz');
  });
});

describe('what main.py may touch', () => {
  it('no network with BLOCK_INTERNET, and no writing to /data', async () => {
    const project = await preparedProject();
    await packWith(
      project,
      `import socket
def tried(what, action):
    try:
        action()
        print(what, "WORKED")
    except OSError as error:
        print(what, "failed:", type(error).__name__)
tried("address", lambda: socket.create_connection(("192.0.2.1", 80), 3))
tried("name", lambda: socket.getaddrinfo("example.org", 80))
tried("data", lambda: open("/data/new.txt", "w"))
raise SystemExit(5)
`,
    );
    const { exitCode, stderr } = await run(project, 'test-submission', {
      BLOCK_INTERNET: 'true',
      DATASET: 'test',
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/address failed: .*\nname failed: .*\ndata failed: /);
    expect(stderr).not.toContain('WORKED');
    expect(await isThere(join(project, 'data/test/new.txt'))).toBe(false);
  });
});

describe('an interrupted run', () => {
  const bar = `import sys, time
for step in range(600):
    print("\\rstep %d" % step, end="")
    time.sleep(0.2)
`;

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: the bar moved, no container is left, exit code %i', async (signal, code) => {
    const project = await preparedProject();
    await packWith(project, bar);
    const running = vsc(project, testing);
    await told(running, 'step 5');
    running.kill(signal);
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(code);
    expect(await containers(project)).toBe('');
    const logged = await log(project);
    expect(logged).toContain('\rstep 5');
    expect(String(stderr)).toContain(logged);
    expect(await isThere(archive(project))).toBe(false);
  });
});

describe('what is missing', () => {
  it('no image: 3, naming pull and build', async () => {
    const project = await preparedProject();
    await run(project, 'pack-quickstart --dataset test');
    // Another engine's view: an image that is named but not there.
    const { exitCode, stderr } = await run(project, `${testing} --image no-such-image:1`);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('There is no image no-such-image:1 (from --image).');
  });

  it('no engine: 3, with the hint', async () => {
    const project = await preparedProject();
    await run(project, 'pack-quickstart --dataset test');
    const { exitCode, stderr } = await run(project, testing, { DOCKER_HOST: 'unix:///no/engine' });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('No container engine at unix:///no/engine');
    expect(stderr).toContain('Start Docker');
  });

  it('no GPU where one is asked for: 3, the cause and the three ways on', async () => {
    const project = await preparedProject();
    await run(project, 'pack-quickstart --dataset test');
    const { exitCode, stderr } = await run(project, `${testing} --gpu`);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/nvidia-smi|NVIDIA/);
    expect(stderr).toContain('CPU_OR_GPU=cpu');
    expect(stderr).toContain('SKIP_GPU=true');
    expect(await isThere(join(project, 'submission/log.txt'))).toBe(false);
  });

  it('no data: 3, naming data-subset', async () => {
    const project = await preparedProject();
    await run(project, 'pack-quickstart --dataset test');
    const { exitCode, stderr } = await run(project, 'test-submission --dataset phase2');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('DATASET=phase2 vsc data-subset');
  });

  it('an invalid submission: 4, with every finding, before any container', async () => {
    const project = await preparedProject();
    await run(project, 'pack-quickstart --dataset test');
    await rm(join(project, 'submission_quickstart/query_descriptors.npz'));
    await rm(join(project, 'submission_quickstart/reference_descriptors.npz'));
    await execa('cp', [
      '-r',
      join(project, 'submission_quickstart'),
      join(project, 'submission_src'),
    ]);
    await run(project, 'pack-submission --force');
    const { exitCode, stderr } = await run(project, testing);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('query_descriptors.npz is missing');
    expect(stderr).toContain('reference_descriptors.npz is missing');
    expect(await isThere(join(project, 'submission/log.txt'))).toBe(false);
  });
});
