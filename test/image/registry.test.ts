import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RegistryLogin } from '../../src/engine/port.ts';
import { EnvironmentError, Interrupted } from '../../src/errors.ts';
import { digestInRegistry } from '../../src/image/registry.ts';

/** A registry of a test's own; `host` is the first part of its images' names. */
async function registry(answer: RequestListener) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const password: RegistryLogin = {
  serverAddress: 'x',
  username: 'user',
  password: 'secret',
  source: 'the config',
};

/** What is known of `it:tag` there. */
const ask = (host: string, login?: RegistryLogin, signal = new AbortController().signal) =>
  digestInRegistry(`${host}/it:tag`, { env: {}, findLogin: async () => login, signal });

const path = '/v2/it/manifests/tag';

describe('a registry', () => {
  it('is asked once, and tells the digest', async () => {
    const { host, asked } = await registry((_, response) => {
      response.setHeader('docker-content-digest', 'sha256:abc').end();
    });
    expect(await ask(host)).toEqual({ digest: 'sha256:abc' });
    expect(asked).toEqual([`HEAD ${path} -`]);
  });

  it('that tells no digest gives the manifest', async () => {
    const manifest = '{"schemaVersion":2}';
    const { host } = await registry((_, response) => void response.end(manifest));
    const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
    expect(await ask(host)).toEqual({ digest });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['more than any manifest has', Buffer.alloc(5 * 1024 ** 2)],
  ])('that gives %s is not believed', async (_, body) => {
    const { host } = await registry((_, response) => void response.end(body));
    expect(await ask(host)).toEqual({ why: 'the registry answers with what is no manifest' });
  });

  it.each([
    [404, 'has no it:tag'],
    [403, 'wants a login, and there is none'],
    [503, 'answers with status 503'],
  ])('that answers with %d is told so', async (status, why) => {
    const { host } = await registry((_, response) => void response.writeHead(status).end());
    expect(await ask(host)).toEqual({ why: `${host} ${why}` });
  });

  it('that never answers is left alone', async () => {
    const { host } = await registry(() => {});
    expect(await ask(host)).toEqual({ why: `no answer from ${host} within a second` });
  });

  it('that begins a manifest and never ends it is left alone', async () => {
    const { host } = await registry(({ method }, response) => {
      if (method === 'HEAD') response.end();
      else response.write('{');
    });
    expect(await ask(host)).toEqual({ why: `no answer from ${host} within a second` });
  });

  it('is no more waited for after Ctrl-C', async () => {
    const interruption = new AbortController();
    const reason = new Interrupted('SIGINT');
    const { host } = await registry(() => interruption.abort(reason));
    await expect(ask(host, undefined, interruption.signal)).rejects.toBe(reason);
  });

  it('whose login is out of order is told by that', async () => {
    const { host } = await registry((_, response) => void response.writeHead(403).end());
    const findLogin = async () => {
      throw new EnvironmentError('The login is damaged.');
    };
    const { signal } = new AbortController();
    const answer = await digestInRegistry(`${host}/it`, { env: {}, findLogin, signal });
    expect(answer).toEqual({ why: 'The login is damaged.' });
  });

  it('that wants a password gets the one that there is, and no other', async () => {
    const basic = `Basic ${Buffer.from('user:secret').toString('base64')}`;
    const { host, asked } = await registry(({ headers }, response) => {
      if (headers.authorization === basic) response.setHeader('docker-content-digest', 'sha256:1');
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' });
      response.end();
    });
    expect(await ask(host, password)).toEqual({ digest: 'sha256:1' });
    expect(asked.at(-1)).toBe(`HEAD ${path} ${basic}`);
    expect(await ask(host)).toEqual({ why: `${host} wants a login, and there is none` });
    const wrong = await ask(host, { ...password, password: 'wrong' });
    expect(wrong).toEqual({ why: `${host} denies access with the config` });
  });

  it('that wants a token gives one to anybody, where it does', async () => {
    const { host, asked } = await registry(({ url = '', headers }, response) => {
      if (url.startsWith('/token')) return void response.end('{"token":"for-all"}');
      if (headers.authorization === 'Bearer for-all') {
        response.setHeader('docker-content-digest', 'sha256:1');
      } else {
        const challenge = `Bearer realm="http://${host}/token",service="its own",scope="x"`;
        response.writeHead(401, { 'www-authenticate': challenge });
      }
      response.end();
    });
    expect(await ask(host)).toEqual({ digest: 'sha256:1' });
    expect(asked[1]).toBe('GET /token?service=its+own&scope=repository%3Ait%3Apull -');
  });

  it.each(['', 'Bearer realm="nowhere"', 'Negotiate'])(
    'that challenges with %j is not understood, and told no password',
    async (challenge) => {
      const { host, asked } = await registry((_, response) => {
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      });
      expect(await ask(host, password)).toEqual({
        why: `${host} denies access with the config`,
      });
      expect(asked.join()).not.toContain('Basic');
    },
  );
});
