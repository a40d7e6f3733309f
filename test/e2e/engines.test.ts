import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Interrupted } from '../../src/errors.ts';
import { packWith, preparedProject, run } from '../support/cli.ts';
import { bashPlan, realEngine } from '../support/engine.ts';
import { folderWith } from '../support/folder.ts';
import { loadIntoPodman, startPodman } from '../support/podman.ts';
import { quiet } from '../support/recorder.ts';

const image = 'meta-vsc-descriptor-runtime:slim-local';
const testing = 'test-submission --dataset test --block-internet';
const engineSocket = '/var/run/docker.sock';
const isRoot = process.getuid?.() === 0;

let project: string;
let expected: Buffer;
let server: Server;
let tcp: string;

const archiveOf = (folder: string) => readFile(join(folder, 'submission/submission.tar.gz'));
const containers = async (root: string) =>
  (await execa('docker', ['ps', '-aq', '--filter', `label=vsc.project=${root}`])).stdout;

beforeAll(async () => {
  project = await preparedProject({ keep: true });
  await run(project, 'pack-quickstart --dataset test');
  const tested = await run(project, testing);
  if (tested.exitCode !== 0) throw new Error(tested.stderr);
  expected = await archiveOf(project);
  await rm(join(project, 'submission/submission.tar.gz'));
  // The engine behind a TCP port of the loopback.
  server = createServer((client) => {
    const engine = connect(engineSocket);
    client.pipe(engine).pipe(client);
    client.on('error', () => engine.destroy());
    engine.on('error', () => client.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  tcp = `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});

afterAll(async () => {
  server.close();
  await rm(project, { recursive: true, force: true });
});

it('gives the same rankings over TCP', async () => {
  const tested = await run(project, testing, { DOCKER_HOST: tcp });
  expect(tested.exitCode).toBe(0);
  expect((await archiveOf(project)).equals(expected)).toBe(true);
});

describe.runIf(isRoot)('an engine that does not see our files (as root only)', () => {
  /** Runs vsc in a folder where only it sees a file system with the project, and brings the archive out. */
  const unseen = async (folder: string, env: Record<string, string>) => {
    const out = join(project, 'out.tar.gz');
    const main = resolve('dist/main.js');
    const script = `set -e
      mount -t tmpfs tmpfs ${folder}
      cp -r ${project}/. ${folder}/ && cd ${folder} && rm -f submission/submission.tar.gz
      node ${main} ${testing}
      cat submission/submission.tar.gz >&3`;
    await rm(out, { force: true });
    return execa('unshare', ['-m', 'bash', '-c', `exec 3>${out}; ${script}`], {
      env,
      reject: false,
    });
  };

  it.each(['unix', 'tcp'])('copies them in and the results out, over %s', async (way) => {
    const folder = await folderWith();
    const tested = await unseen(folder, way === 'tcp' ? { DOCKER_HOST: tcp } : {});
    expect(tested.exitCode).toBe(0);
    expect(tested.stderr).toContain("The engine does not see this machine's files");
    expect((await readFile(join(project, 'out.tar.gz'))).equals(expected)).toBe(true);
    expect(await containers(folder)).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe.runIf(isRoot)('a user whose files nobody else may read (as root only)', () => {
  it('gets results that belong to him, and nothing was opened to others', async () => {
    const home = await preparedProject();
    const group = (await stat(engineSocket)).gid;
    await execa('chown', ['-R', '1234:1234', home]);
    await execa('chmod', ['-R', 'go-rwx', home]);
    const as = (line: string) =>
      execa(
        'setpriv',
        [
          '--reuid=1234',
          '--regid=1234',
          `--groups=${group}`,
          'bash',
          '-c',
          `umask 077; node ${resolve('dist/main.js')} -C ${home} ${line}`,
        ],
        { env: { HOME: home }, reject: false },
      );
    await as('pack-quickstart --dataset test');
    const tested = await as(testing);
    expect(tested.exitCode).toBe(0);
    expect((await archiveOf(home)).equals(expected)).toBe(true);
    const folder = join(home, 'submission');
    for (const name of ['', ...(await readdir(folder))]) {
      const { uid, mode } = await stat(join(folder, name));
      expect({ name, uid, open: mode & 0o077 }).toEqual({ name, uid: 1234, open: 0 });
    }
  });
});

describe.runIf(isRoot)('Podman (as root only)', () => {
  let unload: () => Promise<void>;
  beforeAll(async () => {
    unload = await loadIntoPodman(image);
  });
  afterAll(() => unload());

  it('gives the same rankings and leaves no container', async () => {
    const podman = await startPodman();
    try {
      const tested = await run(project, testing, { DOCKER_HOST: podman.host });
      expect(tested.stderr).not.toContain('does not see');
      expect(tested, tested.stderr).toMatchObject({ exitCode: 0 });
      expect((await archiveOf(project)).equals(expected)).toBe(true);
      expect(await podman.containers()).toBe('');
      const status = await run(project, '', { DOCKER_HOST: podman.host });
      expect(status.stdout).toContain(image);
    } finally {
      await podman.stop();
    }
  });

  it('gives variables to the code, and what it had made when it failed', async () => {
    const podman = await startPodman();
    try {
      const failing = await preparedProject();
      const main = `import os
open("subset_query_descriptors.npz", "w").write("half of it")
raise ValueError(os.environ["HF_TOKEN"])
`;
      await packWith(failing, main);
      const env = { DOCKER_HOST: podman.host, HF_TOKEN: 'hf_0123456789' };
      const line = `${testing} --env HF_TOKEN --smoke --keep --json`;
      const { exitCode, stdout, stderr } = await run(failing, line, env);
      expect(exitCode, stderr).toBe(1);
      const { error, kept } = JSON.parse(stdout);
      expect(error.message).toContain('ValueError: ***');
      const made = join(kept, 'code_execution/subset_query_descriptors.npz');
      expect(await readFile(made, 'utf8')).toBe('half of it');
      expect(await podman.containers()).toBe('');
    } finally {
      await podman.stop();
    }
  });

  it('needs no init for our images, and runs others without one where it has none', async () => {
    const podman = await startPodman({ init: false });
    try {
      const tested = await run(project, testing, { DOCKER_HOST: podman.host });
      expect(tested, tested.stderr).toMatchObject({ exitCode: 0 });
      const note = 'The engine has no init for containers: running without one.\n';
      expect(tested.stderr).not.toContain(note);
      expect((await archiveOf(project)).equals(expected)).toBe(true);
      const notes: string[] = [];
      const engine = await realEngine({ DOCKER_HOST: podman.host });
      const other = await engine.run(bashPlan('exit 7', { image }), {
        signal: quiet,
        onOutput: async () => {},
        onNote: (text) => notes.push(text),
      });
      expect(other).toMatchObject({ exitCode: 7, without: ['init'] });
      expect(notes).toEqual([note.trim()]);

      // Python as process 1 ignores the polite signal, as the kernel has it; the engine then kills it.
      const script = 'import time; print("begun", flush=True); time.sleep(600)';
      const plan = bashPlan('', { image, command: ['python3', '-c', script] });
      const interruption = new AbortController();
      const reason = new Interrupted('SIGTERM');
      const onOutput = async () => interruption.abort(reason);
      const running = engine.run(plan, { signal: interruption.signal, onOutput });
      await expect(running).rejects.toBe(reason);
      expect(await podman.containers()).toBe('');
    } finally {
      await podman.stop();
    }
  });
});
