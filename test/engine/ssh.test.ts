import { chmod, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DockerEngine } from '../../src/engine/docker.ts';
import { EngineUnreachable } from '../../src/engine/errors.ts';
import { sshArguments } from '../../src/engine/ssh.ts';
import { UsageError } from '../../src/errors.ts';
import { folderWith } from '../support/folder.ts';

const before = ['-o', 'ConnectTimeout=30', '-T'];
const dial = ['docker', 'system', 'dial-stdio'];

describe('the arguments for ssh', () => {
  it.each([
    ['ssh://host', [...before, '--', 'host', ...dial]],
    ['ssh://me@host', [...before, '-l', 'me', '--', 'host', ...dial]],
    ['ssh://me@host:2222', [...before, '-l', 'me', '-p', '2222', '--', 'host', ...dial]],
    ['ssh://host/', [...before, '--', 'host', ...dial]],
    [
      'ssh://host/run/user/1000/docker.sock',
      [
        ...before,
        '--',
        'host',
        'docker',
        '--host',
        'unix:///run/user/1000/docker.sock',
        ...dial.slice(1),
      ],
    ],
    [
      "ssh://host/it's",
      [...before, '--', 'host', 'docker', '--host', "'unix:///it'\\''s'", ...dial.slice(1)],
    ],
    ['ssh://a%40b@[::1]:22', [...before, '-l', 'a@b', '-p', '22', '--', '::1', ...dial]],
    [
      'ssh://host/run/a%20b/docker.sock',
      [
        ...before,
        '--',
        'host',
        'docker',
        '--host',
        "'unix:///run/a b/docker.sock'",
        ...dial.slice(1),
      ],
    ],
  ])('%s', (address, expected) => {
    expect(sshArguments(address)).toEqual(expected);
  });

  it.each([
    ['ssh://me:secret@host', 'ssh://me:xxxxx@host'],
    ['ssh://host?a=b', 'ssh://host?a=b'],
    ['ssh://host#a', 'ssh://host#a'],
    ['ssh:///run/docker.sock', 'ssh:///run/docker.sock'],
  ])('refuses %s, shows no password, and says how it looks', (address, shown) => {
    expect(() => sshArguments(address)).toThrow(UsageError);
    expect(() => sshArguments(address)).toThrow(
      expect.objectContaining({
        message: `${shown} is no address of an engine over ssh.`,
        next: [
          expect.stringContaining('ssh://user@host'),
          expect.stringContaining('There is no password in it'),
        ],
      }),
    );
  });
});

/** A folder for the PATH with this `ssh` in it; undefined: none. */
async function pathWith(script: string | undefined): Promise<string> {
  const bin = await folderWith(script === undefined ? {} : { ssh: script });
  if (script !== undefined) await chmod(join(bin, 'ssh'), 0o755);
  return bin;
}

/** What asking an engine comes to, with this shell script for `ssh`; undefined: none on the PATH. */
async function failure(
  script: string | undefined,
  host = 'ssh://me@far:2222',
): Promise<EngineUnreachable> {
  const bin = await pathWith(script && `#!/bin/sh\n${script}\n`);
  const endpoint = { host, source: 'DOCKER_HOST' };
  const engine = new DockerEngine(endpoint, {
    env: { PATH: script === undefined ? bin : `${bin}:/usr/bin:/bin` },
  });
  const error = await engine.info().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(EngineUnreachable);
  return error as EngineUnreachable;
}

describe('an engine that ssh does not reach', () => {
  it('no ssh', async () => {
    const { message, next } = await failure(undefined);
    expect(message).toContain('no ssh on the PATH');
    expect(next.join()).toContain('Install the OpenSSH client');
  });

  it('ssh fails: its own last line, and the command to try', async () => {
    const { message, next } = await failure(
      'cat >/dev/null & echo "Warning: x" >&2; echo "me@far: Permission denied (publickey)." >&2; exit 255',
    );
    expect(message).toBe(
      "The container engine at ssh://me@far:2222 can't be reached: me@far: Permission denied (publickey).",
    );
    expect(next).toEqual([
      'It has to work without a question asked: ssh -p 2222 me@far docker version',
    ]);
    const plain = await failure('exit 255', 'ssh://far');
    expect(plain.message).toMatch(/: ssh exited with 255$/);
    expect(plain.next).toEqual(['It has to work without a question asked: ssh far docker version']);
  });

  it('ssh is ended: by what', async () => {
    expect((await failure('kill -9 $$')).message).toMatch(/: ssh was ended by SIGKILL$/);
  });

  it('no docker there', async () => {
    const { message, next } = await failure('echo "sh: 1: docker: not found" >&2; exit 127');
    expect(message).toContain('docker: not found');
    expect(next.join()).toContain('Docker has to be installed on me@far');
  });

  it('no engine behind the docker there', async () => {
    const { message, next } = await failure(
      'read line; echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1',
    );
    expect(message).toContain('Cannot connect to the Docker daemon');
    expect(next).toEqual(['Look there: ssh -p 2222 me@far docker version']);
  });

  it('what ssh leaves in the background keeps nobody waiting', async () => {
    const { message } = await failure(
      'sleep 20 2>&2 >/dev/null </dev/null & echo no >&2; exit 255',
    );
    expect(message).toMatch(/: no$/);
  });
});

describe('an engine that ssh reaches', () => {
  /** An engine's API, and an `ssh` that leads to it and notes each time it is begun. */
  async function reached() {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const isList = request.url?.includes('/containers/json');
      const version = { Version: '27.0.0', ApiVersion: '1.46' };
      // More than a pipe takes at once.
      response.end(JSON.stringify(isList ? [] : version) + ' '.repeat(1e6));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const bin = await pathWith(
      `#!${process.execPath}
require('node:fs').appendFileSync(__dirname + '/begun', '.');
const far = require('node:net').connect(${port}, '127.0.0.1');
process.stdin.pipe(far).pipe(process.stdout);`,
    );
    const endpoint = { host: 'ssh://far', source: 'DOCKER_HOST' };
    const engine = new DockerEngine(endpoint, { env: { PATH: bin } });
    const begun = async () => (await readFile(join(bin, 'begun'), 'utf8')).length;
    return { engine, asked, begun };
  }

  it('answers, and its connection is used again', async () => {
    const { engine, asked, begun } = await reached();
    for (let time = 0; time < 3; time += 1) {
      expect(await engine.listContainers('vsc')).toEqual([]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(asked).toHaveLength(3);
    expect(await begun()).toBe(1);
  });

  it('is asked once what it is', async () => {
    const { engine, asked } = await reached();
    for (const info of [engine.info(), engine.info(), engine.info()])
      expect(await info).toMatchObject({ version: '27.0.0', apiVersion: '1.46' });
    expect(asked).toHaveLength(1);
  });

  it('answers several questions at once, each over a connection of its own', async () => {
    const { engine, begun } = await reached();
    await Promise.all([engine.listContainers('vsc'), engine.listContainers('vsc')]);
    expect(await begun()).toBe(2);
  });
});
