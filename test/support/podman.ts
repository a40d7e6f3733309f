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
  await writeFile(config, await configuration(folder, init));
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
 * The configuration with which Podman runs here too. It would give containers more open files and
 * processes than it may have itself (its own processes it limits to the largest process id, which may be
 * above or below the limit it was started with), which fails without the right to raise limits: a script
 * in place of its runtime lowers both. And crun does not run under cgroup v1 beside v2, runc does.
 */
async function configuration(folder: string, init: boolean): Promise<string> {
  const hybrid = await access('/sys/fs/cgroup/unified').then(
    () => true,
    () => false,
  );
  const runtime = hybrid ? 'runc' : 'crun';
  const script = join(folder, runtime);
  await writeFile(script, capped(runtime), { mode: 0o755 });
  // Which of the two tables it belongs to depends on Podman's version.
  const initPath = init ? '' : 'init_path = "/nowhere/catatonit"\n';
  const engine = `[engine]\nruntime = "${runtime}"\n${initPath}`;
  return `[containers]\n${initPath}${engine}[engine.runtimes]\n${runtime} = ["${script}"]\n`;
}

/** A script that is `runtime`, with no limit in a new container's configuration above the script's own. */
const capped = (runtime: string) => String.raw`#!/bin/bash
cap() {
  local most=$2
  [ "$most" = unlimited ] ||
    sed -i -E 's/("type":"'$1'","hard":)[0-9]+,"soft":[0-9]+/\1'$most',"soft":'$most'/' "$bundle/config.json"
}
for word; do
  if [ "$last" = --bundle ]; then bundle=$word; fi
  last=$word
done
if [ -n "$bundle" ]; then
  cap RLIMIT_NOFILE "$(ulimit -Hn)"
  cap RLIMIT_NPROC "$({ ulimit -Hu; cat /proc/sys/kernel/pid_max; } | grep -v unlimited | sort -n | head -1)"
fi
exec $(PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v ${runtime}) "$@"
`;

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
