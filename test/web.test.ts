import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { fetchWithin } from '../src/web.ts';

/** A server that answers with what `answer` says, and its address. */
async function serving(answer: (request: IncomingMessage) => Record<string, string> | string) {
  const server = createServer((request, response) => {
    const told = answer(request);
    if (typeof told === 'string') response.end(told);
    else response.writeHead(307, told).end('elsewhere');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const { signal } = new AbortController();
const login = { authorization: 'Basic x' };
const asked = (url: string) =>
  fetchWithin(60_000, {}, signal, async (fetch) => {
    const { status, body } = await fetch(url, { headers: login });
    return { status, told: status === 200 ? await body.json() : undefined };
  });

it('goes where it is sent on to, with the login on the same server only', async () => {
  const tell = ({ headers }: IncomingMessage) => JSON.stringify(headers.authorization ?? 'nobody');
  const other = await serving(tell);
  const server = await serving((request) => {
    if (request.url === '/there') return { location: '/here?x=1' };
    return request.url === '/away' ? { location: `${other}/` } : tell(request);
  });
  expect(await asked(`${server}/there`)).toEqual({ status: 200, told: 'Basic x' });
  expect(await asked(`${server}/away`)).toEqual({ status: 200, told: 'nobody' });
});

it('is not sent on for ever', async () => {
  const server = await serving(() => ({ location: '/' }));
  expect(await asked(server)).toMatchObject({ status: 307 });
});
