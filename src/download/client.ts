import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, errors } from 'undici';
import { systemCode } from '../errors.ts';
import { webAgent } from '../web.ts';
import { arriving } from './arriving.ts';
import { patience, TransferFault } from './faults.ts';

/** What a client has to know of the world. */
export interface ClientOptions {
  /** Of which it takes `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`, in capitals or not. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Who is asking, for the servers' logs. */
  readonly agent: string;
  /** Most connections to one server. */
  readonly connections: number;
  /** Milliseconds without a byte after which a server is given up. */
  readonly stallTimeout: number;
}

/** A server's answer, whose body has to be read or dropped. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the transfer. */
  drop(): void;
}

const maxRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Asks servers for files, by way of proxies where the environment names them. */
export class HttpClient {
  readonly #dispatcher: Dispatcher;
  readonly #options: ClientOptions;

  /** @throws UsageError for a proxy that is no URL */
  constructor(options: ClientOptions) {
    const { env, connections, stallTimeout } = options;
    this.#options = options;
    this.#dispatcher = webAgent(env, {
      connections,
      headersTimeout: stallTimeout,
      bodyTimeout: stallTimeout,
      connect: { timeout: Math.min(stallTimeout, 15_000) },
    });
  }

  /**
   * Follows redirections, never from https to http, and keeps a URL's password to its own server.
   * @throws TransferFault; the signal's reason
   */
  async ask(
    method: 'GET' | 'HEAD',
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer> {
    let at = url;
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      const answer = await this.#askOnce(method, at, { ...headers, ...loginFor(url, at) }, signal);
      const { location } = answer.headers;
      if (!redirects.has(answer.status) || location === undefined) return answer;
      answer.drop();
      at = nextHop(at, location);
    }
    throw new TransferFault(`${url.host} redirects in a circle, or too often`);
  }

  async #askOnce(
    method: 'GET' | 'HEAD',
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer> {
    signal.throwIfAborted();
    try {
      const {
        statusCode,
        headers: answered,
        body,
      } = await this.#dispatcher.request({
        // Without a password, which is sent in a header.
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        signal,
        headers: { 'accept-encoding': 'identity', 'user-agent': this.#options.agent, ...headers },
      });
      const chunks = arriving(body, (failure) => {
        signal.throwIfAborted();
        throw connectionFault(failure, url);
      });
      return { status: statusCode, headers: answered, body: chunks, drop: () => body.destroy() };
    } catch (error) {
      signal.throwIfAborted();
      throw connectionFault(error, url);
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }
}

function loginFor(listed: URL, at: URL): Record<string, string> {
  if (listed.username === '' || listed.origin !== at.origin) return {};
  const login = `${decodeURIComponent(listed.username)}:${decodeURIComponent(listed.password)}`;
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

function nextHop(from: URL, location: string): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (next === undefined || !['http:', 'https:'].includes(next.protocol)) {
    throw new TransferFault(`${from.host} redirects to what is no http or https URL`);
  }
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw new TransferFault(`${from.host} redirects from https to plain http, at ${next.host}`);
  }
  return next;
}

/** The words for what undici and the system say of connections. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections',
  ECONNRESET: 'broke the connection off',
  EPIPE: 'broke the connection off',
  ENOTFOUND: 'is not known (DNS)',
  EAI_AGAIN: 'could not be looked up (DNS)',
  EHOSTUNREACH: 'is not reachable',
  ENETUNREACH: 'is not reachable: no network',
  ETIMEDOUT: 'does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'does not answer',
  UND_ERR_BODY_TIMEOUT: 'has stalled',
  UND_ERR_SOCKET: 'broke the connection off',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'sent another length than it had said',
  UND_ERR_ABORTED: 'refuses, or its proxy does',
};

/** Codes of connections that are no safer at a second try. */
const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$/;

function connectionFault(error: unknown, url: URL): TransferFault {
  const code = codeOf(error);
  const options = { cause: error, isOfHost: true };
  if (untrusted.test(code)) {
    const what = `the connection to ${url.host} can't be trusted (${code})`;
    const way = 'a certificate of your own network goes into NODE_EXTRA_CA_CERTS';
    return new TransferFault(`${what}; ${way}`, options);
  }
  const isNoHttp = error instanceof errors.HTTPParserError;
  const what = words[code] ?? (isNoHttp ? 'sent what is no HTTP' : 'failed');
  return new TransferFault(`${url.host} ${what}${code === '' ? '' : ` (${code})`}`, {
    ...options,
    tries: patience,
  });
}

/** The code of an error, or of the first cause that has one; several addresses fail with several. */
function codeOf(error: unknown): string {
  const code = systemCode(error);
  if (code !== undefined) return code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : '';
}
