import { type Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
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

/** What is asked of a server; a GET without a body unless it says otherwise. */
export interface WebRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams;
}

/** What a server answers. */
export interface WebAnswer {
  readonly status: number;
  readonly ok: boolean;
  /** Undefined for a header that is not there; of several of a name the first. */
  readonly header: (name: string) => string | undefined;
  readonly body: AsyncIterable<Uint8Array> & { json(): Promise<unknown> };
}

/** Asks as browsers do: it goes where it is sent on to, but not from https to plain http. */
export type Fetch = (url: string | URL, request?: WebRequest) => Promise<WebAnswer>;

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
    return await use((url, request = {}) => ask(dispatcher, new URL(url), request, hurry), hurry);
  } finally {
    await dispatcher.destroy();
  }
}

/** How often a question is sent on. */
const mostRedirections = 5;

async function ask(
  dispatcher: Dispatcher,
  url: URL,
  { method = 'GET', headers = {}, body }: WebRequest,
  signal: AbortSignal,
  redirections = mostRedirections,
): Promise<WebAnswer> {
  const { origin, pathname, search } = url;
  const answer = await dispatcher.request({
    origin,
    path: `${pathname}${search}`,
    method,
    headers: {
      ...headers,
      ...(body && { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(body && { body: body.toString() }),
    signal,
  });
  const status = answer.statusCode;
  const header = (name: string) => [answer.headers[name]].flat()[0];
  const place = header('location');
  const isSentOn = method !== 'POST' && [301, 302, 303, 307, 308].includes(status);
  if (isSentOn && place !== undefined && redirections > 0) {
    const next = new URL(place, url);
    const { authorization, ...others } = headers;
    if (url.protocol === next.protocol || next.protocol === 'https:') {
      await answer.body.dump();
      // A login is for the server that asked for it.
      const told = next.origin === origin ? headers : others;
      return ask(dispatcher, next, { method, headers: told }, signal, redirections - 1);
    }
  }
  return { status, ok: status >= 200 && status < 300, header, body: answer.body };
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
