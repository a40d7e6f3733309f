import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * A Podman service of our own on a socket of its own; `init` as false makes it one without the package
 * that its init is in.
 */
export async function startPodman({ init = true } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'vsc-podman-'));
  const socket = join(folder, 'podman.sock');
  const config = join(folder, 'containers.conf');
  await writeFile(config, await configuration(init));
  const env = { CONTAINERS_CONF: config };
  const service = execa('podman', ['system', 'service', '--time=0', `unix://${socket}`], {
    env,
    reject: false,
    stdio: 'ignore',
  });
  await waitFor(socket);
  return {
    host: `unix://${socket}`,
    containers: async () => (await execa('podman', ['ps', '-aq'], { env })).stdout,
    stop: async () => {
      service.kill('SIGTERM');
      await service;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Podman would give containers more open files and processes than it may have itself (its own processes
 * it limits to the largest process id, which may be above or below the limit it was started with), which fails
 * without the right to raise limits; and crun does not run under cgroup v1 beside v2, runc does.
 */
async function configuration(init: boolean): Promise<string> {
  const { stdout } = await execa('bash', [
    '-c',
    'ulimit -Hn; { ulimit -Hu; cat /proc/sys/kernel/pid_max; } | grep -v unlimited | sort -n | head -1',
  ]);
  const [files = '1024', processes = '1024'] = stdout.split('\n');
  const open = files === 'unlimited' ? [] : [`"nofile=${files}:${files}"`];
  const limits = [...open, `"nproc=${processes}:${processes}"`].join(', ');
  const hybrid = await access('/sys/fs/cgroup/unified').then(
    () => true,
    () => false,
  );
  const runtime = hybrid ? 'runtime = "runc"\n' : '';
  // Which of the two tables it belongs to depends on Podman's version.
  const initPath = init ? '' : 'init_path = "/nowhere/catatonit"\n';
  return `[containers]\ndefault_ulimits = [${limits}]\n${initPath}[engine]\n${runtime}${initPath}`;
}

/**
 * Brings Docker's image into Podman's storage, 1.9 GB; what it returns takes it out again if it was not
 * there before.
 */
export async function loadIntoPodman(image: string): Promise<() => Promise<void>> {
  const id = (await execa('docker', ['image', 'inspect', '--format', '{{.Id}}', image])).stdout;
  const podman = (...line: string[]) => execa('podman', line, { reject: false });
  if ((await podman('image', 'exists', id.replace('sha256:', ''))).exitCode === 0) {
    return async () => {};
  }
  await execa('docker', ['save', image], { buffer: false }).pipe('podman', ['load']);
  return async () => void (await podman('image', 'rm', '--force', id.replace('sha256:', '')));
}

async function waitFor(socket: string): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    const there = await access(socket).then(
      () => true,
      () => false,
    );
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Podman did not open ${socket}.`);
}
