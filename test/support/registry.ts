import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { TokenIssuer } from './token-issuer.ts';

/** `user:secret`, as `htpasswd -B` writes it. */
const passwords = 'user:$2y$05$t7ExgzX83385d5yLJlUfourFRKIN093UN7YMR4REtmpIi0Z9lM2KO\n';

/** A port of the loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Debian's `docker-registry` on the loopback, with a folder of its own. */
export interface Registry {
  /** `127.0.0.1:PORT`, the first part of its images' names. */
  readonly host: string;
  readonly port: number;
  /** Ends the program, and starts it anew with the same images where it is not there. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and deletes its folder. */
  remove(): Promise<void>;
}

/** Starts a registry; with `login` it serves only `user` with the password `secret`, with `token` who has one. */
export async function startRegistry({
  login = false,
  token,
}: {
  login?: boolean;
  token?: TokenIssuer;
} = {}): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'vsc-registry-'));
  const port = await freePort();
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'images') } },
    http: { addr: `127.0.0.1:${port}` },
    ...(token && { auth: { token: token.settings } }),
    ...(login && { auth: { htpasswd: { realm: 'test', path: join(folder, 'passwords') } } }),
  };
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config)); // JSON is YAML
  await writeFile(join(folder, 'passwords'), passwords);
  let program: ChildProcess | undefined;
  const stop = async () => {
    if (program === undefined) return;
    program.kill();
    if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
    program = undefined;
  };
  const start = async () => {
    if (program !== undefined) return;
    const started = spawn('docker-registry', ['serve', join(folder, 'config.yml')], {
      stdio: 'ignore',
    });
    program = started;
    const why = await Promise.race([answers(port), endOf(started)]);
    if (why !== undefined) throw new Error(`docker-registry did not start (${why}): ${remedy}`);
  };
  await start();
  return {
    host: `127.0.0.1:${port}`,
    port,
    start,
    stop,
    async remove() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    const reached = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      () => true,
      () => false,
    );
    if (reached) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('docker-registry was started but does not answer.');
}

/** A missing program is a failure of the tests, never a skip. */
const remedy = 'bash scripts/ensure-test-tools.sh';

async function endOf(program: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    program.once('exit', (code) => resolve(`exit code ${code}`));
    program.once('error', (error) => resolve(error.message));
  });
}

/** Another way to a registry, no faster than `bytesPerSecond` on each connection. */
export async function slowWayTo(port: number, bytesPerSecond: number) {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      far.pause();
      near.write(chunk);
      setTimeout(() => far.resume(), (chunk.length / bytesPerSecond) * 1000);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Breaks all connections; new ones are accepted. */
    cut: () => open.forEach((socket) => void socket.destroy()),
    close: () => {
      server.close();
      open.forEach((socket) => void socket.destroy());
    },
  };
}

/** Pushes an image of random layers, whose sizes in bytes are given, without leaving it behind. */
export async function pushImage(
  name: string,
  layers: readonly number[],
  login?: { readonly config: string },
): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'vsc-image-'));
  const env = login === undefined ? {} : { DOCKER_CONFIG: login.config };
  try {
    for (const [index, bytes] of layers.entries()) {
      await writeFile(join(context, `layer-${index}`), randomBytes(bytes));
    }
    const copies = layers.map((_, index) => `COPY layer-${index} /\n`);
    await writeFile(join(context, 'Dockerfile'), `FROM scratch\n${copies.join('')}`);
    await execa('docker', ['build', '-q', '-t', name, context], { env });
    await execa('docker', ['push', '-q', name], { env });
    await removeImage(name);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** Removes an image from the engine if it is there. */
export async function removeImage(name: string): Promise<void> {
  await execa('docker', ['rmi', '-f', name], { reject: false });
}
