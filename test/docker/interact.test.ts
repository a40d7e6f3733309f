import { chown, lstat, mkdir, stat } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { vsc } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';
import { atTerminal } from '../support/terminal.ts';

const shell = 'interact-container --block-internet --dataset test';
const prompt = /# $/;

const project = () => folderWith({ 'data/test/query_subset.csv': 'video_id\n' });

/** Containers of a project that are still there. */
const containers = async (root: string) => {
  const { stdout } = await execa('docker', ['ps', '-aq', '--filter', `label=vsc.project=${root}`]);
  return stdout;
};

/** A shell with `script` on its stdin instead of a person. */
const piped = (root: string, script: string, more = '') =>
  vsc(root, `${shell} ${more}`, { input: script });

describe('interact-container with a pipe', () => {
  it('runs what comes and passes the exit code, stdout and stderr on', async () => {
    const root = await project();
    const done = await piped(root, 'ls /data; echo wrong >&2; exit 7');
    expect(done.exitCode).toBe(7);
    expect(done.stdout).toBe('query_subset.csv\n');
    expect(done.stderr).toMatch(/^Image: .*slim[\s\S]*\nwrong\n$/);
    expect(await containers(root)).toBe('');
  });

  it('has the mounts of test-submission, and no network where that is asked for', async () => {
    const root = await project();
    const script =
      'touch /code_execution/submission/made; touch /data/x 2>&1; ls /sys/class/net; df -m /dev/shm | tail -1';
    const { stdout } = await piped(root, script);
    expect(stdout).toMatch(/Read-only file system\nlo\nshm +8192 /);
  });

  it('gives what the shell leaves behind to the owner of the folder', async () => {
    const root = await project();
    const submission = join(root, 'submission');
    await mkdir(submission);
    if (process.getuid?.() === 0) await chown(submission, 1234, 1234);
    await piped(
      root,
      'mkdir -p submission/a && touch submission/a/made && ln -s /etc submission/l',
    );
    const owner = (await stat(submission)).uid;
    for (const name of ['a', 'a/made', 'l']) {
      expect((await lstat(join(submission, name))).uid).toBe(owner);
    }
    expect((await stat('/etc')).uid).toBe(0);
  });

  it('loses nothing of much input and output', async () => {
    const root = await project();
    const script = `${':\n'.repeat(100_000)}head -c 5000000 /dev/zero | tr '\\0' x`;
    expect(String((await piped(root, script)).stdout).length).toBe(5_000_000);
  });

  it('ends with the shell though more input comes', async () => {
    const root = await project();
    const endless = execa('sh', ['-c', 'echo "echo said; exit 3"; exec yes :'], { reject: false });
    const running = vsc(root, shell, { stdin: 'pipe' });
    endless.stdout.pipe(running.stdin as NodeJS.WritableStream);
    endless.stdout.on('error', () => {});
    running.stdin?.on('error', () => {});
    const { exitCode, stdout } = await running;
    endless.kill();
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: 'said\n' });
    expect(await containers(root)).toBe('');
  });

  it('keeps stdout for the result with --json', async () => {
    const { stdout, stderr } = await piped(await project(), 'echo said; exit 7', '--json');
    expect(JSON.parse(String(stdout))).toEqual({
      version: 1,
      command: 'interact-container',
      ok: false,
      exitCode: 7,
    });
    expect(stderr).toContain('said');
  });

  it('goes on without data, and says how to get them', async () => {
    const { exitCode, stderr } = await vsc(await folderWith(), 'interact-container', { input: '' });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('vsc data-subset');
  });

  it('SIGINT: stopped, nothing left, 130', async () => {
    const root = await project();
    const running = vsc(root, shell, { stdin: 'pipe' });
    running.stdin?.write('echo begun; sleep 600\n');
    running.stdout?.once('data', () => running.kill('SIGINT'));
    expect((await running).exitCode).toBe(130);
    expect(await containers(root)).toBe('');
  });

  it('shows the container on a dry run and starts none', async () => {
    const { stdout } = await vsc(await project(), `${shell} --dry-run`);
    expect(JSON.parse(String(stdout))).toMatchObject({
      network: 'none',
      mounts: [{ target: '/data', readOnly: true }, { target: '/code_execution/submission' }],
    });
  });
});

describe('interact-container at a terminal', () => {
  it('gives bash the keys and the size, also when it changes, and exits as bash does', async () => {
    const root = await project();
    const terminal = atTerminal(root, shell);
    await terminal.until(prompt);
    await terminal.type('stty size\r', /30 90/);
    await terminal.resize(123, 41);
    await terminal.type('sleep 0.3; stty size\r', /41 123/);
    // Ctrl-C ends what runs in bash and neither bash nor vsc; Ctrl-P is the line before.
    await terminal.type('cat\r', /cat\r/);
    await terminal.type('\x03', prompt);
    await terminal.type('echo "=$?="\r', /=130=/);
    await terminal.type('echo a"g"ain\r', /again/);
    await terminal.type('\x10', /echo a"g"ain/);
    await terminal.type('\r', /again/);
    await terminal.type('exit 42\r', /exit 42/);
    expect(await terminal.end()).toEqual({ exitCode: 42, restored: true });
    expect(await containers(root)).toBe('');
  });

  it('ends with Ctrl-D', async () => {
    const terminal = atTerminal(await project(), shell);
    await terminal.until(prompt);
    await terminal.type('\x04', /exit/);
    expect(await terminal.end()).toEqual({ exitCode: 0, restored: true });
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)(
    '%s: nothing left, the terminal as before, 143',
    async (signal) => {
      const root = await project();
      const terminal = atTerminal(root, shell);
      await terminal.until(prompt);
      process.kill(await terminal.pid(), signal);
      expect(await terminal.end()).toEqual({ exitCode: 143, restored: true });
      expect(await containers(root)).toBe('');
    },
  );

  it('gives the terminal back when there is no such shell', async () => {
    const root = await project();
    const terminal = atTerminal(root, `${shell} --image debian:bookworm-slim --gpu`);
    expect(await terminal.end()).toEqual({ exitCode: 3, restored: true });
    expect(await containers(root)).toBe('');
  });
});

describe('an engine that is slow to be asked', () => {
  it('ends with the shell though a question about its end never arrives', async () => {
    // The engine behind a port of the loopback, deaf on connections that ask it to wait.
    const server = createServer((client) => {
      const engine = connect('/var/run/docker.sock');
      client.on('data', (chunk) => {
        if (!/^POST \S+\/wait/.test(chunk.toString('latin1'))) engine.write(chunk);
      });
      engine.pipe(client);
      client.on('close', () => engine.destroy()).on('error', () => engine.destroy());
      engine.on('error', () => client.destroy());
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const env = { DOCKER_HOST: `tcp://127.0.0.1:${port}` };
    const { exitCode } = await vsc(await folderWith(), 'interact-container', {
      env,
      input: 'exit 3\n',
      timeout: 60_000,
    });
    expect(exitCode).toBe(3);
  });
});
