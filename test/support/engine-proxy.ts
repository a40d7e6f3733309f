import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { keptFolderWith } from './folder.ts';

/** A way to the engine that a test can watch, change and cut. */
export interface EngineProxy {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** What was asked of it: method and path of each request, without the query, ids as `ID`. */
  readonly asked: readonly string[];
  /** Does something when a request whose first line matches arrives for the `turn`th time, and only then passes it on. */
  meet(request: RegExp, turn: number, action: () => Promise<void> | void): void;
  /** Ends all connections and accepts no more: the engine is gone. Every test has to, in the end. */
  cut(): void;
}

/** Where the engine is that the tests use. */
const engineSocket = (process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace(
  'unix://',
  '',
);

/** Starts a proxy; `change` may rewrite what goes to the engine, at the same length. */
export async function engineProxy(
  change: (text: string) => string = (text) => text,
): Promise<EngineProxy> {
  // Not deleted by a hook of the test: those that run at the same time would get each other's.
  const folder = await keptFolderWith();
  const socket = join(folder, 'engine.sock');
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  let trap: { request: RegExp; turn: number; action: () => Promise<void> | void } | undefined;
  const server = createServer((client) => {
    const engine = connect(engineSocket);
    for (const end of [client, engine]) {
      sockets.add(end);
      end.on('error', () => {}).on('close', () => [client, engine].map((it) => it.destroy()));
    }
    engine.pipe(client);
    client.on('data', async (chunk) => {
      client.pause();
      const text = chunk.toString('latin1');
      const [first = ''] = text.split('\r\n', 1);
      const [, request] = /^([A-Z]+ \/[^? ]*).* HTTP\/1\.1$/.exec(first) ?? [];
      if (request !== undefined) asked.push(request.replace(/\b[0-9a-f]{64}\b/g, 'ID'));
      if (trap?.request.test(first)) {
        trap.turn -= 1;
        if (trap.turn === 0) await trap.action();
      }
      if (!engine.destroyed) engine.write(Buffer.from(change(text), 'latin1'));
      client.resume();
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const cut = () => {
    server.close();
    for (const end of sockets) end.destroy();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    host: `unix://${socket}`,
    asked,
    meet: (request, turn, action) => {
      trap = { request, turn, action };
    },
    cut,
  };
}
