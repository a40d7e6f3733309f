import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

  it.each(['ssh://me:secret@host', 'ssh://host?a=b', 'ssh://host#a'])(
    'refuses %s, and shows no password',
    (address) => {
      expect(() => sshArguments(address)).toThrow(UsageError);
      expect(() => sshArguments(address)).not.toThrow(/secret/);
    },
  );
});

/** What asking an engine comes to, with this shell script for `ssh`; undefined: none on the PATH. */
async function failure(script: string | undefined): Promise<EngineUnreachable> {
  const bin = await folderWith(script === undefined ? {} : { ssh: `#!/bin/sh\n${script}\n` });
  if (script !== undefined) await chmod(join(bin, 'ssh'), 0o755);
  const endpoint = { host: 'ssh://me@far:2222', source: 'DOCKER_HOST' };
  const engine = new DockerEngine(endpoint, {
    env: { PATH: script === undefined ? bin : `${bin}:/usr/bin:/bin` },
  });
  const error = await engine.info().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(EngineUnreachable);
  return error as EngineUnreachable;
}

describe('an engine that ssh does not reach', () => {
  it('no ssh', async () => {
    expect((await failure(undefined)).message).toContain('no ssh on the PATH');
  });

  it('ssh fails: its own last line, and the command to try', async () => {
    const { message, next } = await failure(
      'cat >/dev/null & echo "Warning: x" >&2; echo "me@far: Permission denied (publickey)." >&2; exit 255',
    );
    expect(message).toBe(
      "The container engine at ssh://me@far:2222 can't be reached: me@far: Permission denied (publickey).",
    );
    expect(next).toEqual([expect.stringContaining('ssh -p 2222 me@far docker version')]);
  });

  it('no docker there', async () => {
    const { message, next } = await failure('echo "sh: 1: docker: not found" >&2; exit 127');
    expect(message).toContain('docker: not found');
    expect(next.join()).toContain('Docker has to be installed on me@far');
  });

  it('no engine behind the docker there', async () => {
    const { message } = await failure(
      'read line; echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1',
    );
    expect(message).toContain('Cannot connect to the Docker daemon');
  });

  it('what ssh leaves in the background keeps nobody waiting', async () => {
    const { message } = await failure(
      'sleep 20 2>&2 >/dev/null </dev/null & echo no >&2; exit 255',
    );
    expect(message).toMatch(/: no$/);
  });
});
