import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { told, vsc } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';
import {
  freePort,
  pushImage,
  type Registry,
  removeImage,
  slowWayTo,
  startRegistry,
} from '../support/registry.ts';

let open: Registry;
let closed: Registry;
const [small, large] = [300_000, 6_000_000];

beforeAll(async () => {
  [open, closed] = await Promise.all([startRegistry(), startRegistry({ login: true })]);
  await pushImage(`${open.host}/vsc-test:latest`, [small, large, small]);
  await pushImage(`${closed.host}/vsc-test:latest`, [small], { config: await configOf('secret') });
});

afterAll(() => Promise.all([open?.remove(), closed?.remove()]));

/** A Docker config with the login of the closed registry. */
async function configOf(password: string): Promise<string> {
  const auth = Buffer.from(`user:${password}`).toString('base64');
  return configWith({ auths: { [closed.host]: { auth } } });
}

async function configWith(config: object, more: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vsc-config-'));
  const files = { 'config.json': JSON.stringify(config), ...more };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content, { mode: 0o755 });
  }
  afterwards.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const afterwards: Array<() => Promise<void>> = [];
afterAll(() => Promise.all(afterwards.map((end) => end())));

/** `vsc pull --json` with an empty Docker config: its exit code, result and events. */
async function pull(image: string, env: Record<string, string> = {}) {
  onTestFinished(() => removeImage(image));
  const { exitCode, stdout, stderr } = await vsc(await folderWith(), 'pull --json', {
    env: { DOCKER_CONFIG: '/nonexistent', REGISTRY_IMAGE: image, ...env },
  });
  const events = String(stderr)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  return { exitCode, result: JSON.parse(String(stdout)), events, stderr: String(stderr) };
}

const error = (name: string, message: RegExp, next: RegExp) => ({
  exitCode: 3,
  result: {
    ok: false,
    error: {
      name,
      message: expect.stringMatching(message),
      next: expect.arrayContaining([expect.stringMatching(next)]),
    },
  },
});

describe('pull', () => {
  it('pulls, with a progress per layer and one for all, and tells the digest', async () => {
    const image = `${open.host}/vsc-test:latest`;
    const { exitCode, result, events } = await pull(image);
    expect(exitCode).toBe(0);
    const { stdout } = await execa('docker', ['image', 'inspect', image]);
    const [inspected] = JSON.parse(stdout);
    expect(result).toMatchObject({ ok: true, name: image, id: inspected.Id, upToDate: false });
    expect(inspected.RepoDigests).toContain(`${open.host}/vsc-test@${result.digest}`);
    const layers = events.filter(({ type, part }) => type === 'progress' && part);
    expect(new Set(layers.map(({ id }) => id)).size).toBe(3);
    const sum = events.filter(({ id }) => id === 'pull').at(-1);
    expect(sum).toMatchObject({ label: '3 of 3 layers', done: true });
    expect(sum.completed).toBe(sum.total);
    expect(sum.total).toBeGreaterThan(large + 2 * small);

    const again = await vsc(await folderWith(), 'pull', {
      env: { DOCKER_CONFIG: '/nonexistent', REGISTRY_IMAGE: image },
    });
    expect(again.stdout).toContain(`Up to date: ${image}, 6.6 MB\nDigest ${result.digest}\n`);
  });

  it('takes latest where no tag is given', async () => {
    const { exitCode, result } = await pull(`${open.host}/vsc-test`);
    expect({ exitCode, ok: result.ok }).toEqual({ exitCode: 0, ok: true });
  });

  it('ends with 130 on Ctrl-C, and run again pulls the rest', async () => {
    const way = await slowWayTo(open.port, 2_000_000);
    onTestFinished(way.close);
    const image = `${way.host}/vsc-test:latest`;
    onTestFinished(() => removeImage(image));
    const running = vsc(await folderWith(), 'pull --json', {
      env: { DOCKER_CONFIG: '/nonexistent', REGISTRY_IMAGE: image },
    });
    await told(running, 'downloading');
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
    const { stdout } = await execa('docker', ['images', '-q', image]);
    expect(stdout).toBe('');
    expect((await pull(image)).exitCode).toBe(0);
  });

  it('goes on when the registry stops half way and comes back', async () => {
    const way = await slowWayTo(open.port, 2_000_000);
    onTestFinished(way.close);
    const image = `${way.host}/vsc-test:latest`;
    onTestFinished(() => removeImage(image));
    const running = vsc(await folderWith(), 'pull --json', {
      env: { DOCKER_CONFIG: '/nonexistent', REGISTRY_IMAGE: image },
    });
    await told(running, 'downloading');
    await open.stop();
    onTestFinished(open.start);
    way.cut();
    await told(running, 'broke off');
    await open.start();
    const { exitCode, stderr } = await running;
    expect(stderr).toMatch(/The download of layer [0-9a-f]{12} broke off/);
    expect(exitCode).toBe(0);
  });
});

describe('what goes wrong is told apart', () => {
  it.each(['/vsc-test:no-such-tag', '/no-such-repository:latest'])('no image %s', async (name) => {
    const failed = await pull(`${open.host}${name}`);
    expect(failed).toMatchObject(error('ImageNotFound', /has no image .*:/, /REGISTRY_IMAGE/));
  });

  it('a registry that is not there', async () => {
    const image = `127.0.0.1:${await freePort()}/vsc-test:latest`;
    const failed = await pull(image);
    expect(failed).toMatchObject(
      error('RegistryUnreachable', /can't reach the registry 127.*refused/, /network/),
    );
  });

  it('a name that is none', async () => {
    const { exitCode, result } = await pull('Not A Name');
    expect({ exitCode, name: result.error.name }).toEqual({ exitCode: 2, name: 'UsageError' });
  });

  it('a registry that wants a login, without one', async () => {
    const failed = await pull(`${closed.host}/vsc-test:latest`);
    expect(failed).toMatchObject(
      error('AccessDenied', /no login/, new RegExp(`docker login ${closed.host}`)),
    );
  });

  it('a wrong password, and never shows it', async () => {
    const config = await configOf('not-the-password');
    const failed = await pull(`${closed.host}/vsc-test:latest`, { DOCKER_CONFIG: config });
    expect(failed).toMatchObject(
      error('AccessDenied', /denied access .* with the login from/, /docker login/),
    );
    expect(failed.stderr + JSON.stringify(failed.result)).not.toContain('not-the-password');
  });
});

describe('a registry that wants a login', () => {
  it('serves the login of the Docker config', async () => {
    const config = await configOf('secret');
    const { exitCode, events } = await pull(`${closed.host}/vsc-test:latest`, {
      DOCKER_CONFIG: config,
    });
    expect(exitCode).toBe(0);
    expect(events).toContainEqual({
      type: 'note',
      message: `${closed.host} wants a login: using "${closed.host}" in ${config}/config.json`,
    });
  });

  it('serves the login of a credential helper', async () => {
    const answer = '{"ServerURL":"x","Username":"user","Secret":"secret"}';
    const helper = `#!/bin/sh\n[ "$(cat)" = ${closed.host} ] && echo '${answer}'\n`;
    const config = await configWith(
      { credHelpers: { [closed.host]: 'test' } },
      { 'docker-credential-test': helper },
    );
    const env = { DOCKER_CONFIG: config, PATH: `${config}:${process.env.PATH}` };
    expect((await pull(`${closed.host}/vsc-test:latest`, env)).exitCode).toBe(0);
  });
});
