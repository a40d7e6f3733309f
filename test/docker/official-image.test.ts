import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';
import { startPodman } from '../support/podman.ts';
import { pushImage, type Registry, removeImage, startRegistry } from '../support/registry.ts';
import { startTokenIssuer } from '../support/token-issuer.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry?.remove());

const isRoot = process.getuid?.() === 0;
const nowhere = { DOCKER_CONFIG: '/nonexistent' };

/** What `vsc doctor` says of an official image of that name. */
async function doctorOn(image: string, env: Record<string, string> = nowhere) {
  const { stdout } = await run(await folderWith(), 'doctor --json', {
    REGISTRY_IMAGE: image,
    ...env,
  });
  const checks: { name: string; status: string; detail: string; remedies: string[] }[] =
    JSON.parse(stdout).checks;
  const { status, detail, remedies } = checks.find(({ name }) => name === 'official-image') ?? {};
  return { status, detail, remedies };
}

async function pull(image: string, env: Record<string, string> = nowhere) {
  onTestFinished(() => removeImage(image));
  const pulled = await run(await folderWith(), 'pull', { REGISTRY_IMAGE: image, ...env });
  expect(pulled.exitCode, pulled.stderr).toBe(0);
}

const fine = (detail: string) => ({ status: 'ok', detail, remedies: [] });

describe('doctor, of the official image', () => {
  it('says when the registry has another one by now, until it is pulled', async () => {
    const image = `${registry.host}/changing:latest`;
    await pushImage(image, [1000]);
    await pull(image);
    // The second takes its name, and with that what it could be removed by.
    const { stdout: first } = await execa('docker', ['inspect', '-f', '{{.Id}}', image]);
    onTestFinished(() => removeImage(first));
    expect(await doctorOn(image)).toEqual(fine(`${image} is the one that the registry has`));
    await pushImage(`${registry.host}/changing:next`, [2000]);
    await retag('changing', 'next', 'latest');
    expect(await doctorOn(image)).toEqual({
      status: 'warning',
      detail: expect.stringMatching(
        /^there is a newer .*: the registry has sha256:\w{64}, here is/,
      ),
      remedies: ['Take it: vsc pull'],
    });
    await pull(image);
    expect(await doctorOn(image)).toEqual(fine(`${image} is the one that the registry has`));
  });

  it('tells one apart that was built here, and one that is not here', async () => {
    const image = `${registry.host}/built:latest`;
    expect(await doctorOn(image)).toEqual(fine(`not here: ${image}`));
    onTestFinished(() => removeImage(image));
    const context = await folderWith({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
    await execa('docker', ['build', '-q', '-t', image, context]);
    expect(await doctorOn(image)).toEqual(
      fine(`not compared: ${image} has no digest, as it was built or loaded here`),
    );
  });

  it('does not mind a registry that is gone, or slow', async () => {
    const own = await startRegistry();
    onTestFinished(own.remove);
    const image = `${own.host}/it:latest`;
    await pushImage(image, [1000]);
    await pull(image);
    await own.stop();
    const silence = fine(`not compared: no answer from ${own.host} within a second`);
    expect(await doctorOn(image)).toEqual(silence);
    const mute = createServer().listen(own.port, '127.0.0.1');
    await once(mute, 'listening');
    onTestFinished(() => void mute.close());
    expect(await doctorOn(image)).toEqual(silence);
  });

  it('asks for a token where the registry wants one, with the login that there is', async () => {
    const issuer = await startTokenIssuer();
    onTestFinished(issuer.close);
    const own = await startRegistry({ token: issuer });
    onTestFinished(own.remove);
    const image = `${own.host}/it:latest`;
    const configOf = (entry: object) =>
      folderWith({ 'config.json': JSON.stringify({ auths: { [own.host]: entry } }) });
    const auth = Buffer.from('user:secret').toString('base64');
    const config = await configOf({ auth });
    await pushImage(image, [1000], { config });
    await pull(image, { DOCKER_CONFIG: config });
    const same = fine(`${image} is the one that the registry has`);
    expect(await doctorOn(image, { DOCKER_CONFIG: config })).toEqual(same);
    expect(issuer.asked.slice(-2)).toEqual(['GET anonymous', 'GET known']);
    const none = fine(`not compared: ${own.host} wants a login, and there is none`);
    expect(await doctorOn(image)).toEqual(none);
    const refreshing = await configOf({ auth: '', identitytoken: 'refresh' });
    expect(await doctorOn(image, { DOCKER_CONFIG: refreshing })).toEqual(same);
    expect(issuer.asked.at(-1)).toBe('POST known');
  });

  it.runIf(isRoot)('compares what Podman has, too (as root only)', async () => {
    const image = `${registry.host}/podman:latest`;
    await pushImage(image, [1000]);
    const podman = await startPodman();
    try {
      await execa('podman', ['pull', '--quiet', '--tls-verify=false', image]);
      const env = { ...nowhere, DOCKER_HOST: podman.host };
      expect(await doctorOn(image, env)).toEqual(fine(`${image} is the one that the registry has`));
      await pushImage(`${registry.host}/podman:next`, [2000]);
      await retag('podman', 'next', 'latest');
      expect((await doctorOn(image, env)).status).toBe('warning');
    } finally {
      await execa('podman', ['rmi', '--force', image], { reject: false });
      await podman.stop();
    }
  });
});

/** Has a tag of a repository mean what another one means. */
async function retag(repository: string, from: string, to: string): Promise<void> {
  const base = `http://${join(registry.host, 'v2', repository, 'manifests')}`;
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = await fetch(`${base}/${from}`, { headers: { accept: type } });
  const headers = { 'content-type': type };
  await fetch(`${base}/${to}`, { method: 'PUT', headers, body: await manifest.text() });
}
