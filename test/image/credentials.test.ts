import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../src/errors.ts';
import { findLogin } from '../../src/image/credentials.ts';
import { folderWith } from '../support/folder.ts';
import { quiet } from '../support/recorder.ts';

const packed = (text: string) => Buffer.from(text).toString('base64');

/** A home with this Docker config, and helpers by their program's name. */
async function homeWith(config: object | string, helpers: Record<string, string> = {}) {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  const programs = Object.entries(helpers).map(([name, script]) => [
    `bin/docker-credential-${name}`,
    `#!/bin/sh\n${script}\n`,
  ]);
  const home = await folderWith({
    '.docker/config.json': text,
    ...Object.fromEntries(programs),
  });
  for (const name of Object.keys(helpers)) {
    await chmod(join(home, 'bin', `docker-credential-${name}`), 0o755);
  }
  return home;
}

const find = (home: string, registry = 'reg.example.org', env: Record<string, string> = {}) =>
  findLogin(registry, { home, env: { PATH: `${join(home, 'bin')}:/usr/bin:/bin`, ...env } }, quiet);

describe('auths', () => {
  it.each([
    ['reg.example.org', 'the host'],
    ['https://reg.example.org', 'an address'],
    ['https://reg.example.org/v1/', 'an address of old clients'],
  ])('finds %s (%s)', async (key) => {
    const home = await homeWith({ auths: { [key]: { auth: packed('me:a:b') } } });
    expect(await find(home)).toEqual({
      serverAddress: 'reg.example.org',
      username: 'me',
      password: 'a:b',
      source: `"${key}" in ${join(home, '.docker/config.json')}`,
    });
  });

  it('finds Docker Hub under its old address', async () => {
    const hub = 'https://index.docker.io/v1/';
    const home = await homeWith({ auths: { [hub]: { auth: packed('me:pw') } } });
    expect(await find(home, 'docker.io')).toMatchObject({ serverAddress: hub, username: 'me' });
  });

  it('takes an identity token in place of the password', async () => {
    const entry = { auth: packed('me:'), identitytoken: 'token' };
    const login = await find(await homeWith({ auths: { 'reg.example.org': entry } }));
    expect(login).toMatchObject({ username: 'me', identityToken: 'token' });
    expect(login).not.toHaveProperty('password');
  });

  it('knows ports apart, and finds nothing where there is nothing', async () => {
    const home = await homeWith({ auths: { 'reg.example.org:5000': { auth: packed('me:pw') } } });
    expect(await find(home)).toBeUndefined();
    expect(await find(home, 'reg.example.org:5000')).toMatchObject({ username: 'me' });
    expect(await find(await folderWith())).toBeUndefined();
    for (const entry of [
      {},
      null,
      { username: 'me' },
      { password: 'pw' },
      { auth: '' },
      { auth: 7 },
    ]) {
      const home = await homeWith({ auths: { 'reg.example.org': entry } });
      expect(await find(home)).toBeUndefined();
    }
    expect(await find(await homeWith('null'))).toBeUndefined();
  });

  it('takes a user and password that are not packed, and drops the zeros of old clients', async () => {
    const plain = { username: 'me', password: 'pw' };
    expect(await find(await homeWith({ auths: { 'reg.example.org': plain } }))).toMatchObject(
      plain,
    );
    const padded = { auth: packed('me:pw\0\0') };
    expect(await find(await homeWith({ auths: { 'reg.example.org': padded } }))).toMatchObject(
      plain,
    );
  });

  it('needs no password beside a token', async () => {
    const entry = { auth: packed('me'), identitytoken: 'token' };
    expect(await find(await homeWith({ auths: { 'reg.example.org': entry } }))).toMatchObject({
      username: 'me',
      identityToken: 'token',
    });
    const nameless = await find(
      await homeWith({ auths: { 'reg.example.org': { identitytoken: 'token' } } }),
    );
    expect(nameless).toMatchObject({ identityToken: 'token' });
    expect(nameless).not.toHaveProperty('username');
  });

  it('says what to do where the config can not be read', async () => {
    const home = await folderWith({ '.docker/config.json/x': '' });
    const error = await find(home).catch((it) => it);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(/^The Docker config .*config\.json can't be read: EISDIR/);
    expect(error.next.join()).toContain('DOCKER_CONFIG');
  });

  it('looks where DOCKER_CONFIG says', async () => {
    const home = await homeWith({ auths: { 'reg.example.org': { auth: packed('me:pw') } } });
    const env = { DOCKER_CONFIG: join(home, '.docker') };
    expect(await find('/nowhere', 'reg.example.org', env)).toMatchObject({ username: 'me' });
  });

  it.each([
    ['{', /config\.json is no valid JSON/],
    [
      { auths: { 'reg.example.org': { auth: packed('no colon') } } },
      /"reg\.example\.org" .*damaged/,
    ],
    [{ auths: { 'reg.example.org': { auth: packed(':pw') } } }, /damaged/],
    [
      { auths: { 'reg.example.org': { auth: '====', identitytoken: 'token' } } },
      /damaged: it is no user:password in base64/,
    ],
  ])('says what is wrong with %j', async (config, message) => {
    const failure = find(await homeWith(config));
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(EnvironmentError);
  });
});

describe('helpers', () => {
  const answer = (user: string) =>
    `[ "$1" = get ] || exit 9; read -r server; echo '{"ServerURL":"'"$server"'","Username":"${user}","Secret":"from '"$server"'"}'`;
  const nothing = 'echo "credentials not found in native keychain"; exit 1';

  it('asks the helper of the registry before the common one', async () => {
    const config = { credsStore: 'all', credHelpers: { 'reg.example.org': 'own' } };
    const home = await homeWith(config, { all: answer('other'), own: answer('me') });
    expect(await find(home)).toEqual({
      serverAddress: 'reg.example.org',
      username: 'me',
      password: 'from reg.example.org',
      source: `docker-credential-own, credHelpers in ${join(home, '.docker/config.json')}`,
    });
    expect(await find(home, 'docker.io')).toMatchObject({
      username: 'other',
      password: 'from https://index.docker.io/v1/',
    });
  });

  it('takes a secret without a user as a token', async () => {
    const home = await homeWith({ credsStore: 'all' }, { all: answer('<token>') });
    expect(await find(home)).toMatchObject({ identityToken: 'from reg.example.org' });
  });

  it('takes a login without a secret for one', async () => {
    const home = await homeWith(
      { credsStore: 'all' },
      { all: 'echo \'{"Username":"me","Secret":""}\'' },
    );
    expect(await find(home)).toMatchObject({ username: 'me', password: '' });
  });

  it('goes on to the config file where the helper has nothing', async () => {
    const auths = { 'reg.example.org': { auth: packed('me:pw') } };
    const home = await homeWith({ credsStore: 'all', auths }, { all: nothing });
    expect(await find(home)).toMatchObject({ username: 'me', password: 'pw' });
    expect(await find(home, 'docker.io')).toBeUndefined();
  });

  it.each([
    ['missing', {}, 'there is no such program on the PATH'],
    ['failing', { all: 'echo the vault is locked >&2; exit 3' }, 'code 3 and said: the vault is'],
    ['talking', { all: 'echo hello' }, 'its answer is no login in JSON'],
    ['half', { all: 'echo \'{"Username":"me"}\'' }, 'its answer is no login in JSON'],
    ['nameless', { all: 'echo \'{"Secret":"x"}\'' }, 'its answer is no login in JSON'],
    ['silent', { all: 'exit 2' }, 'does not work: it exited with code 2.'],
    [
      'chatty',
      { all: 'printf "1\\n2\\n3\\n4\\n"; exit 2' },
      'it exited with code 2 and said: 2 3 4.',
    ],
    ['killed', { all: 'kill -9 $$' }, 'it exited with SIGKILL'],
  ])('names a %s helper and who asked for it', async (_, helpers, why) => {
    const home = await homeWith({ credsStore: 'all' }, helpers as Record<string, string>);
    const error = await find(home).catch((it) => it);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toContain('docker-credential-all (credsStore in');
    expect(error.message).toContain(why);
    expect(error.next.join()).toContain('docker login');
  });

  it('says of a program that may not be executed what it is', async () => {
    const home = await homeWith({ credsStore: 'all' }, { all: nothing });
    await chmod(join(home, 'bin/docker-credential-all'), 0o644);
    await expect(find(home)).rejects.toThrow('it may not be executed');
  });

  it.each([
    ['nothing, on stderr', 'echo "credentials not found in native keychain" >&2; exit 1'],
    ['an empty login', 'echo \'{"Username":"","Secret":""}\''],
  ])('takes %s for none', async (_, script) => {
    expect(await find(await homeWith({ credsStore: 'all' }, { all: script }))).toBeUndefined();
  });

  it('asks none where none is named', async () => {
    const auths = { 'reg.example.org': { auth: packed('me:pw') } };
    for (const credsStore of ['', 7]) {
      expect(await find(await homeWith({ credsStore, auths }))).toMatchObject({ username: 'me' });
    }
  });

  it('stops with the reason', async () => {
    const home = await homeWith({ credsStore: 'all' }, { all: 'exit 1' });
    const stopped = AbortSignal.abort(new Error('stopped'));
    const finding = findLogin(
      'reg.example.org',
      { home, env: { PATH: `${join(home, 'bin')}:/usr/bin:/bin` } },
      stopped,
    );
    await expect(finding).rejects.toThrow('stopped');
  });

  it('never quotes a secret', async () => {
    const home = await homeWith({ credsStore: 'all' }, { all: 'echo \'{"Secret":"hidden"\'' });
    const error = await find(home).catch((it) => it);
    expect(error.message).not.toContain('hidden');
  });
});
