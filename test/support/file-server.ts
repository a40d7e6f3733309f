import { createHash } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What was asked of the server, and how much of a body it has written. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  sent: number;
}

/** What a server does in place of sending the file; what returns `false` sends the file after all. */
export type Misbehaviour = (
  response: ServerResponse,
  asked: Asked,
  /** How often this path was asked for before. */
  before: number,
  content: Buffer,
) => unknown;

/** A server of the loopback that sends files by range as a good one does, but for what it is told. */
export async function fileServer(
  files: Readonly<Record<string, string | Buffer>>,
  options: { readonly tls?: ServerOptions } = {},
) {
  const contents = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  const misbehaviours = new Map<string, Misbehaviour>();
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const listener: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', 'http://server');
    const path = url.pathname;
    const one: Asked = { method: request.method ?? '', path, headers: request.headers, sent: 0 };
    const same = asked.filter((each) => each.path === path && each.method === one.method);
    asked.push(one);
    count(response, one);
    const content = contents.get(path);
    const misbehave = one.method === 'GET' ? misbehaviours.get(path) : undefined;
    if (misbehave && misbehave(response, one, same.length, content ?? Buffer.alloc(0)) !== false) {
      return;
    }
    if (content === undefined) response.writeHead(404).end('no such file');
    else sendFile(response, one, content);
  };
  const server = options.tls ? createSecureServer(options.tls, listener) : createServer(listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  const gets = (path: string) =>
    asked.filter((each) => each.method === 'GET' && each.path === path);
  return {
    origin: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    asked,
    gets,
    /** Bytes of a file's content that were written in all. */
    sent: (path: string) => gets(path).reduce((sum, { sent }) => sum + sent, 0),
    set: (path: string, content: string | Buffer) => contents.set(path, Buffer.from(content)),
    misbehave: (path: string, how: Misbehaviour) => misbehaviours.set(path, how),
    close,
  };
}

export const tagOf = (content: Buffer) =>
  `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`;

/** Sends a file, or the range of it that is asked for, to somebody who knows it. */
export function sendFile(response: ServerResponse, asked: Asked, content: Buffer): void {
  const { range, 'if-range': condition } = asked.headers;
  const etag = tagOf(content);
  const [, from] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
  const start = from !== undefined && condition === etag ? Number(from) : undefined;
  if (start !== undefined && start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const body = content.subarray(start ?? 0);
  const last = content.length - 1;
  response.writeHead(start === undefined ? 200 : 206, {
    etag,
    'content-length': body.length,
    ...(start !== undefined && { 'content-range': `bytes ${start}-${last}/${content.length}` }),
  });
  if (asked.method === 'HEAD') response.end();
  else response.end(body);
}

/** Counts what is written of bodies. */
function count(response: ServerResponse, asked: Asked): void {
  const { write, end } = response;
  const add = (chunk: unknown) => {
    if (Buffer.isBuffer(chunk) || typeof chunk === 'string') asked.sent += chunk.length;
  };
  response.write = ((...args: Parameters<typeof write>) => {
    add(args[0]);
    return write.apply(response, args);
  }) as typeof write;
  response.end = ((...args: Parameters<typeof end>) => {
    add(args[0]);
    return end.apply(response, args);
  }) as typeof end;
}

/** Sends the beginning of a file as if all of it came, and breaks the connection off. */
export function breakAfter(bytes: number): Misbehaviour {
  return (response, { headers }, _, content) => {
    const [, from = '0'] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
    const isRange = headers['if-range'] === tagOf(content);
    const start = isRange ? Number(from) : 0;
    if (content.length - start <= bytes) return false;
    response.writeHead(isRange ? 206 : 200, {
      etag: tagOf(content),
      'content-length': content.length - start,
      ...(isRange && {
        'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
      }),
    });
    response.write(content.subarray(start, start + bytes), () => response.socket?.end());
    return true;
  };
}

/** Misbehaves so often, and then no more. */
export function times(count: number, how: Misbehaviour): Misbehaviour {
  return (response, asked, before, content) =>
    before < count ? how(response, asked, before, content) : false;
}
