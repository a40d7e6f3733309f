import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findEndpoint } from '../../src/engine/endpoint.ts';
import { EnvironmentError, UsageError } from '../../src/errors.ts';
import { folderWith } from '../support/folder.ts';

const context = (name: string, host: string) => {
  const id = createHash('sha256').update(name).digest('hex');
  return {
    [`.docker/contexts/meta/${id}/meta.json`]: JSON.stringify({
      Name: name,
      Endpoints: { docker: { Host: host } },
    }),
    [`.docker/contexts/tls/${id}/docker/ca.pem`]: 'CA',
  };
};

const find = (home: string, env: Record<string, string> = {}) =>
  findEndpoint({ env, home, platform: 'linux', knock: async () => 'answers' });

describe('findEndpoint', () => {
  it('takes DOCKER_HOST before everything', async () => {
    const home = await folderWith(context('far', 'tcp://far:2376'));
    const env = { DOCKER_HOST: 'tcp://10.0.0.1:2375', DOCKER_CONTEXT: 'far' };
    expect(await find(home, env)).toEqual({ host: 'tcp://10.0.0.1:2375', source: 'DOCKER_HOST' });
  });

  it('takes a DOCKER_HOST without a scheme as tcp', async () => {
    const home = await folderWith();
    expect((await find(home, { DOCKER_HOST: 'localhost:2375' })).host).toBe('tcp://localhost:2375');
  });

  it('takes DOCKER_CONTEXT before the current context, with its certificates', async () => {
    const home = await folderWith({
      ...context('far', 'tcp://far:2376'),
      ...context('near', 'unix:///near.sock'),
      '.docker/config.json': '{"currentContext":"near"}',
    });
    expect(await find(home, { DOCKER_CONTEXT: 'far' })).toEqual({
      host: 'tcp://far:2376',
      source: 'context "far", from DOCKER_CONTEXT',
      tls: { ca: 'CA' },
    });
    expect((await find(home)).host).toBe('unix:///near.sock');
  });

  it('looks for contexts in DOCKER_CONFIG', async () => {
    const home = await folderWith(context('far', 'tcp://far:2376'));
    const env = { DOCKER_CONFIG: join(home, '.docker'), DOCKER_CONTEXT: 'far' };
    expect((await find('/nowhere', env)).host).toBe('tcp://far:2376');
  });

  it('says which context is missing and who asked for it', async () => {
    const home = await folderWith({ '.docker/config.json': '{"currentContext":"gone"}' });
    await expect(find(home)).rejects.toThrow(/context "gone" \(from .*config\.json\)/);
  });

  it('says which file is no JSON', async () => {
    const home = await folderWith({ '.docker/config.json': '{' });
    await expect(find(home)).rejects.toThrow(/config\.json is no valid JSON/);
  });

  it.each(['nonsense://x', 'tcp://', 'http://a b'])('refuses DOCKER_HOST=%s', async (host) => {
    const home = await folderWith();
    await expect(find(home, { DOCKER_HOST: host })).rejects.toThrow('DOCKER_HOST is');
  });

  it.each([
    'unix:///a.sock',
    'npipe:////./pipe/x',
    'https://far:2376',
    'http://far',
    'ssh://me@far',
  ])('takes DOCKER_HOST=%s', async (host) => {
    expect(await find(await folderWith(), { DOCKER_HOST: host })).toEqual({
      host,
      source: 'DOCKER_HOST',
    });
  });

  it.each(['unix://', 'x unix:///a.sock'])(
    'says how an address looks where DOCKER_HOST=%s',
    async (host) => {
      const refused = await find(await folderWith(), { DOCKER_HOST: host }).catch((e) => e);
      expect(refused).toBeInstanceOf(UsageError);
      expect(refused.next.join()).toContain('unix:///var/run/docker.sock');
    },
  );

  it('takes certificates for DOCKER_HOST where they are asked for, as far as there are any', async () => {
    const folder = await folderWith({ 'ca.pem': 'CA', 'cert.pem': 'CERT', 'key.pem': 'KEY' });
    const host = 'tcp://far:2376';
    const secured = { DOCKER_HOST: host, DOCKER_CERT_PATH: folder };
    expect((await find('/nowhere', secured)).tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY' });
    const none = { DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nowhere' };
    expect(await find('/nowhere', none)).toEqual({ host, source: 'DOCKER_HOST' });
  });

  it.each(['default', ''])('has no context named %j', async (name) => {
    const home = await folderWith({
      '.docker/config.json': JSON.stringify({ currentContext: name }),
    });
    expect((await find(home)).source).toBe('default');
  });

  it('says of a context without an address that it does not exist, and what to do', async () => {
    const home = await folderWith(context('empty', ''));
    const error = await find(home, { DOCKER_CONTEXT: 'empty' }).catch((e) => e);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toBe('The Docker context "empty" (from DOCKER_CONTEXT) does not exist.');
    expect(error.next.join()).toContain('docker context ls');
  });

  it('says which file can not be read', async () => {
    const home = await folderWith({ '.docker/config.json/a': '' });
    await expect(find(home)).rejects.toThrow(/config\.json can't be read: EISDIR/);
  });
});
