import { createServer, request as forward, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** A proxy of the loopback that forwards plain HTTP, and tunnels the rest. */
export async function httpProxy() {
  const forwarded: IncomingMessage[] = [];
  const tunnelled: string[] = [];
  const server = createServer((asked, response) => {
    forwarded.push(asked);
    const { method = 'GET', headers } = asked;
    forward(asked.url ?? '', { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    }).end();
  });
  server.on('connect', (asked, socket) => {
    tunnelled.push(asked.url ?? '');
    const [host, port] = (asked.url ?? '').split(':');
    const there = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, forwarded, tunnelled };
}
