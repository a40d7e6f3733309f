import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { keptFolderWith } from '../support/folder.ts';

/** Stands in for docker and podman: there is what files in $STATE say, and `broken` that it does not answer. */
const engine = `#!/bin/sh
[ ! -f "$STATE/broken" ] || exit 1
case $1 in ps) kind=container ;; images) kind=image ;; *) kind=$1 ;; esac
[ ! -f "$STATE/$kind" ] || cat "$STATE/$kind"
`;

/** Runs `script` under scripts/leave-nothing.sh. */
async function leaveNothing(script: string, change: Record<string, string> = {}) {
  const state = await keptFolderWith({ 'bin/docker': engine, 'bin/podman': engine });
  await Promise.all(['docker', 'podman'].map((name) => chmod(join(state, 'bin', name), 0o755)));
  const env = {
    CI: '',
    STATE: state,
    PATH: `${join(state, 'bin')}:${process.env.PATH}`,
    ...change,
  };
  const { exitCode, stderr } = await execa(
    'bash',
    ['scripts/leave-nothing.sh', 'bash', '-c', script],
    { env, reject: false },
  );
  await rm(state, { recursive: true });
  return { exitCode, stderr };
}

describe.concurrent('a command that', () => {
  it('leaves nothing passes', async () => {
    const script = 'rm "$(mktemp)"; sleep 1 & echo >"$STATE/image"; rm "$STATE/image"';
    expect(await leaveNothing(script)).toEqual({ exitCode: 0, stderr: '' });
  });

  it('fails keeps its exit code', async () => {
    expect(await leaveNothing('mktemp -d; exit 7')).toMatchObject({ exitCode: 7 });
  });

  it('leaves something fails, and all of it is named', async () => {
    const kinds = ['container', 'image', 'volume', 'network'];
    const script = `mktemp -t file.XXXX; setsid sleep 600 >/dev/null 2>&1 &
      for kind in ${kinds.join(' ')}; do echo "a $kind" >"$STATE/$kind"; done`;
    const { exitCode, stderr } = await leaveNothing(script);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/vsc-tests\.\S+\/file/);
    const [, pid] = /process (\d+) sleep 600/.exec(stderr) ?? [];
    expect(pid, stderr).toBeDefined();
    process.kill(Number(pid));
    for (const kind of kinds) expect(stderr).toContain(`a ${kind}`);
  });

  it('leaves a file in a shared folder fails in CI', async () => {
    const left = join('/dev/shm', `vsc-left-${process.pid}`);
    const { exitCode, stderr } = await leaveNothing(`touch ${left}`, { CI: 'true' });
    await rm(left);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(left) });
  });

  it('leaves an engine that can not be asked fails', async () => {
    expect((await leaveNothing('touch "$STATE/broken"')).exitCode).toBe(1);
  });
});
