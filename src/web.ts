import {
  type Agent,
  type Dispatcher,
  EnvHttpProxyAgent,
  fetch,
  type RequestInit,
  type Response,
} from 'undici';
import { UsageError } from './errors.ts';

/** Of which `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are taken, in capitals or not. */
export type WebEnvironment = Readonly<Record<string, string | undefined>>;

/** The way to servers, by proxies where the environment names them. @throws UsageError for a proxy that is no URL */
export function webAgent(env: WebEnvironment, options: Agent.Options): Dispatcher {
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy: proxyOf(env, 'HTTP_PROXY'),
    httpsProxy: proxyOf(env, 'HTTPS_PROXY'),
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    // Plain HTTP is forwarded, as proxies expect: many refuse a tunnel to another port than 443.
    proxyTunnel: false,
  });
}

/** As everywhere. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;
export type WebAnswer = Response;

/**
 * Has `use` fetch what it needs in a hurry. Whatever is still open at its end is ended, or would keep the process.
 * @throws what `use` throws; the signal's reason where it is that
 */
export async function fetchWithin<T>(
  milliseconds: number,
  env: WebEnvironment,
  signal: AbortSignal,
  use: (fetch: Fetch, hurry: AbortSignal) => Promise<T>,
): Promise<T> {
  // A connection that is still being made outlives the signal and the agent, but not this.
  const dispatcher = webAgent(env, { connect: { timeout: milliseconds } });
  const hurry = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
  try {
    return await use((url, init) => fetch(url, { ...init, dispatcher, signal: hurry }), hurry);
  } finally {
    await dispatcher.destroy();
  }
}

/** A proxy's URL; as curl does, one without a scheme is taken for http. */
function proxyOf(env: WebEnvironment, name: string): string {
  const [source, given] = [name.toLowerCase(), name]
    .map((each) => [each, env[each]] as const)
    .find(([, value]) => value) ?? [name, ''];
  if (!given) return '';
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`;
  if (/^https?:/i.test(text) && URL.canParse(text)) return text;
  // Not shown: it may hold a password.
  throw new UsageError(`${source} is no URL of an http or https proxy.`, [
    `Set it to http://HOST:PORT, or unset it: unset ${source}`,
  ]);
}
