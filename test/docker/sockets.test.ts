import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../support/folder.ts';
import { startPodman } from '../support/podman.ts';

const isRoot = process.getuid?.() === 0;

/** What `vsc doctor` says of the engine where a socket is at `place` of the home folder, and at no usual one. */
async function engineAt(socket: string, place: string) {
  const home = await folderWith({ [place]: '' });
  const script = `set -e
    mount --bind ${socket} ${join(home, place)}
    mount -t tmpfs tmpfs $(realpath /var/run)
    node ${resolve('dist/main.js')} -C ${home} doctor --json`;
  const { stdout } = await execa('unshare', ['-m', 'bash', '-c', script], {
    env: { HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), DOCKER_HOST: '', DOCKER_CONTEXT: '' },
    reject: false,
  });
  const checks: { name: string; status: string; detail: string }[] = JSON.parse(stdout).checks;
  const { status, detail = '' } = checks.find(({ name }) => name === 'engine') ?? {};
  return { status, detail: detail.replace(home, '~') };
}

describe.runIf(isRoot)('an engine that is elsewhere than usual (as root only)', () => {
  it('is found as Docker where Colima has it', async () => {
    const place = '.colima/default/docker.sock';
    expect(await engineAt('/var/run/docker.sock', place)).toEqual({
      status: 'ok',
      detail: expect.stringMatching(
        /^Docker .* at unix:\/\/~\/\.colima\/default\/docker\.sock \(Colima\)$/,
      ),
    });
  });

  it('is found as Podman where it is rootless', async () => {
    const podman = await startPodman();
    try {
      const socket = podman.host.replace('unix://', '');
      expect(await engineAt(socket, 'run/podman/podman.sock')).toEqual({
        status: 'ok',
        detail: expect.stringMatching(
          /^Podman .* at unix:\/\/~\/run\/podman\/podman\.sock \(rootless Podman\)$/,
        ),
      });
    } finally {
      await podman.stop();
    }
  });
});
