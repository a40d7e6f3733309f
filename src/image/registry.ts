import { createHash } from 'node:crypto';
import type { RegistryLogin } from '../engine/port.ts';
import { EnvironmentError, VscError } from '../errors.ts';
import { type Fetch, fetchWithin, type WebAnswer, type WebEnvironment } from '../web.ts';
import { type Reference, referenceOf } from './reference.ts';

/** What a registry has under a name, or why nobody could tell. */
export type RegistryAnswer = { readonly digest: string } | { readonly why: string };

/** What asking a registry takes. */
export interface RegistryWorld {
  /** Which may name a proxy. */
  readonly env: WebEnvironment;
  /** Asked only if the registry refuses to serve just anybody. */
  readonly findLogin: (registry: string, signal: AbortSignal) => Promise<RegistryLogin | undefined>;
  readonly signal: AbortSignal;
}

/** Of a tag that leads to images for several platforms the digest of them all, as engines keep it. */
const manifests = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Milliseconds for all of it: nobody waits for what is only nice to know. */
const patience = 1000;

/** Bytes; registries take no greater manifests themselves. */
const longestManifest = 4 * 1024 ** 2;

/**
 * The digest that the registry has now for an image's name: by the OCI distribution API, as anybody first, then
 * with the login that there is. Nothing that may happen on the way is an error.
 * @throws the signal's reason
 */
export async function digestInRegistry(
  name: string,
  { env, findLogin, signal }: RegistryWorld,
): Promise<RegistryAnswer> {
  const reference = referenceOf(name);
  const { registry } = reference;
  try {
    return await fetchWithin(patience, env, signal, async (fetch, hurry) => {
      const answer = await askAs(reference, undefined, fetch);
      if (answer !== 'denied') return answer;
      const login = await findLogin(registry, hurry);
      if (login === undefined) return { why: `${registry} wants a login, and there is none` };
      const known = await askAs(reference, login, fetch);
      return known === 'denied' ? { why: `${registry} denies access with ${login.source}` } : known;
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof VscError) return { why: error.message };
    return { why: `no answer from ${registry} within a second` };
  }
}

type Attempt = RegistryAnswer | 'denied';

/** @throws what fetch does where nobody answers, or not with what was expected */
async function askAs(
  reference: Reference,
  login: RegistryLogin | undefined,
  fetch: Fetch,
): Promise<Attempt> {
  const { registry, repository, tag } = reference;
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const ask = async (method: 'HEAD' | 'GET', base: string, authorization?: string) =>
    fetch(`${base}/v2/${repository}/manifests/${tag}`, {
      method,
      headers: { accept: manifests, ...(authorization !== undefined && { authorization }) },
    });
  const { base, response: first } = await reached(host, (at) => ask('HEAD', at));
  let [response, authorization]: [WebAnswer, string | undefined] = [first, undefined];
  if (response.status === 401) {
    authorization = await authorized(response, reference, login, base, fetch);
    if (authorization === undefined) return 'denied';
    response = await ask('HEAD', base, authorization);
  }
  const { status } = response;
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return { why: `${registry} has no ${repository}:${tag}` };
  if (!response.ok) return { why: `${registry} answers with status ${status}` };
  const digest = response.header('docker-content-digest');
  if (digest !== undefined) return { digest };
  return { digest: await digestOfBody(await ask('GET', base, authorization)) };
}

/** The first answer: over TLS, and from this very machine without, as engines do it. */
async function reached(
  host: string,
  ask: (base: string) => Promise<WebAnswer>,
): Promise<{ readonly base: string; readonly response: WebAnswer }> {
  const [safe, plain] = [`https://${host}`, `http://${host}`];
  try {
    return { base: safe, response: await ask(safe) };
  } catch (error) {
    if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host)) throw error;
    return { base: plain, response: await ask(plain) };
  }
}

/** What a registry that asks for it is to be told; undefined where there is nothing to tell it. */
async function authorized(
  { header }: WebAnswer,
  { repository }: Reference,
  login: RegistryLogin | undefined,
  base: string,
  fetch: Fetch,
): Promise<string | undefined> {
  const challenge = header('www-authenticate') ?? '';
  if (/^basic\b/i.test(challenge)) return basic(login);
  const told = [...challenge.matchAll(/(\w+)="([^"]*)"/g)];
  const { realm = '', service } = Object.fromEntries(told.map(([, key, value]) => [key, value]));
  // Whoever listens on the way must not get a login that the registry itself would get safely.
  if (!URL.canParse(realm) || (base.startsWith('https:') && !realm.startsWith('https:'))) {
    return undefined;
  }
  const asked = new URLSearchParams({
    ...(service !== undefined && { service }),
    scope: `repository:${repository}:pull`,
  });
  const response = await askForToken(new URL(realm), asked, login, fetch);
  if (!response.ok) return undefined;
  const { token, access_token: access = token } = (await response.body.json()) as Tokens;
  return typeof access === 'string' ? `Bearer ${access}` : undefined;
}

interface Tokens {
  readonly token?: unknown;
  readonly access_token?: unknown;
}

/** A token from the registry's own place for them (distribution, "Token Authentication" and "OAuth2"). */
async function askForToken(
  realm: URL,
  asked: URLSearchParams,
  login: RegistryLogin | undefined,
  fetch: Fetch,
): Promise<WebAnswer> {
  if (login?.identityToken !== undefined) {
    asked.set('grant_type', 'refresh_token');
    asked.set('refresh_token', login.identityToken);
    asked.set('client_id', 'vsc');
    return fetch(realm, { method: 'POST', body: asked });
  }
  for (const [key, value] of asked) realm.searchParams.set(key, value);
  const authorization = basic(login);
  return fetch(realm, authorization === undefined ? {} : { headers: { authorization } });
}

function basic(login: RegistryLogin | undefined): string | undefined {
  if (login?.username === undefined || login.password === undefined) return undefined;
  return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
}

/** The digest of a manifest, which is that of its bytes. @throws EnvironmentError of one that is none */
async function digestOfBody({ ok, body }: WebAnswer): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of ok ? body : []) {
    bytes += chunk.length;
    if (bytes > longestManifest) break;
    hash.update(chunk);
  }
  if (bytes > 0 && bytes <= longestManifest) return `sha256:${hash.digest('hex')}`;
  throw new EnvironmentError('the registry answers with what is no manifest');
}
