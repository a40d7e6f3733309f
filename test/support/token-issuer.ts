import { createSign, randomUUID, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { selfSigned } from './certificate.ts';

/** What gives out tokens for a registry, to `user` with the password `secret` alone. */
export interface TokenIssuer {
  /** What the registry has to be told of it. */
  readonly settings: Readonly<Record<string, string>>;
  /** What was asked of it: each method, and whether somebody said who he is. */
  readonly asked: readonly string[];
  close(): void;
}

const login = `Basic ${Buffer.from('user:secret').toString('base64')}`;

/** Starts one on the loopback. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { tls, path } = await selfSigned();
  const [service, issuer] = ['test-registry', 'test-issuer'];
  const asked: string[] = [];
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  /** A token for one repository (distribution, "Token Authentication Implementation"). */
  const tokenFor = (scope: string) => {
    const [type, name, actions = ''] = scope.split(':');
    const seconds = Math.floor(Date.now() / 1000);
    const times = { iat: seconds, nbf: seconds - 10, exp: seconds + 300 };
    const access = [{ type, name, actions: actions.split(',') }];
    const claims = { iss: issuer, aud: service, sub: 'user', jti: randomUUID(), ...times, access };
    const x5c = [new X509Certificate(tls.cert).raw.toString('base64')];
    const text = `${part({ typ: 'JWT', alg: 'RS256', x5c })}.${part(claims)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(tls.key, 'base64url')}`;
  };
  const server = createServer(async (request, response) => {
    const { method = '', headers, url = '' } = request;
    const said = new URLSearchParams(method === 'POST' ? await textOf(request) : url.split('?')[1]);
    const isKnown = headers.authorization === login || said.get('refresh_token') === 'refresh';
    asked.push(`${method} ${isKnown ? 'known' : 'anonymous'}`);
    if (!isKnown) return void response.writeHead(401).end();
    const token = tokenFor(said.get('scope') ?? '');
    // Of the two ways to ask each has its own name for it.
    response.end(JSON.stringify(method === 'POST' ? { access_token: token } : { token }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  return {
    settings: { realm, service, issuer, rootcertbundle: path },
    asked,
    close: () => void server.close(),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
