import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { folderWith } from './folder.ts';

/**
 * A real sshd on loopback for this user, with keys of its own, and an environment in which `ssh` knows
 * the way to it, as a user's ~/.ssh/config would tell.
 */
export async function ownSshd() {
  const folder = await folderWith();
  const at = (name: string) => join(folder, name);
  for (const key of ['host', 'id']) {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
  }
  const port = await freePort();
  const files = await folderWith({
    sshd_config: [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('id.pub')}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'MaxStartups 100',
    ].join('\n'),
    config: [
      'Host engine',
      '  HostName 127.0.0.1',
      `  Port ${port}`,
      `  User ${userInfo().username}`,
      `  IdentityFile ${at('id')}`,
      '  IdentitiesOnly yes',
      `  UserKnownHostsFile ${at('known')}`,
      '  StrictHostKeyChecking accept-new',
    ].join('\n'),
    'bin/ssh': `#!/bin/sh\nexec /usr/bin/ssh -F "$(dirname "$0")/../config" "$@"\n`,
  });
  await chmod(join(files, 'bin/ssh'), 0o755);
  if (userInfo().uid === 0) await execa('mkdir', ['-p', '/run/sshd']);
  const server = execa('/usr/sbin/sshd', ['-D', '-e', '-f', join(files, 'sshd_config')], {
    reject: false,
  });
  onTestFinished(() => void server.kill());
  await new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (chunk: Buffer) => chunk.includes('Server listening') && resolve());
    server.then(({ stderr }) => reject(new Error(stderr)));
  });
  const path = `${join(files, 'bin')}:${process.env.PATH}`;
  return { env: { DOCKER_HOST: 'ssh://engine', PATH: path } };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === 'object' && address !== null ? address.port : 0;
}
