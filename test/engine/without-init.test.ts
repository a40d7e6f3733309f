import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DockerEngine } from '../../src/engine/docker.ts';
import { EnvironmentError } from '../../src/errors.ts';
import { bashPlan } from '../support/engine.ts';
import { folderWith } from '../support/folder.ts';
import { quiet } from '../support/recorder.ts';

let server: Server;
afterEach(() => server.close());

type Refusal = { readonly status: number; readonly message: string } | undefined;

/** An engine that may refuse to create or start a container, and whose containers end at once with 7. */
async function fakeDaemon(refuse: {
  readonly create?: (init: boolean) => Refusal;
  readonly start?: (init: boolean) => Refusal;
}) {
  const requests: string[] = [];
  const inits: boolean[] = [];
  server = createServer(async (request, response) => {
    const path = request.url?.replace(/\?.*/, '') ?? '';
    requests.push(`${request.method} ${path}`);
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = (status: number, json: object = {}) => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
    };
    const refusal = (of: typeof refuse.create) => of?.(inits.at(-1) ?? false);
    if (path.endsWith('/create')) {
      inits.push(JSON.parse(body).HostConfig.Init);
      const refused = refusal(refuse.create);
      if (refused !== undefined) return answer(refused.status, refused);
      return answer(201, { Id: `c${inits.length}` });
    }
    if (path.endsWith('/start')) {
      const refused = refusal(refuse.start);
      return refused === undefined ? answer(204) : answer(refused.status, refused);
    }
    if (path.endsWith('/attach')) return void response.writeHead(200).end();
    if (request.method === 'DELETE') return answer(204);
    const times = { StartedAt: '2026-01-01T00:00:00Z', FinishedAt: '2026-01-01T00:00:01Z' };
    return answer(200, { State: { Running: false, ExitCode: 7, OOMKilled: false, ...times } });
  });
  const socket = join(await folderWith(), 'engine.sock');
  await new Promise<void>((listening) => server.listen(socket, listening));
  const engine = new DockerEngine({ host: `unix://${socket}`, source: 'test' }, { env: {} });
  const notes: string[] = [];
  const run = () =>
    engine.run(bashPlan('true'), {
      signal: quiet,
      onOutput: async () => {},
      onNote: (message) => notes.push(message),
    });
  return { run, inits, notes, removed: () => requests.filter((it) => it.startsWith('DELETE')) };
}

describe('an engine without an init', () => {
  const message =
    'container create: container-init binary not found on the host: stat /usr/libexec/podman/catatonit: no such file or directory';

  it('runs without one where it is refused like by Podman 4, says so once and tells every time', async () => {
    const daemon = await fakeDaemon({
      create: (init) => (init ? { status: 500, message } : undefined),
    });
    expect(await daemon.run()).toMatchObject({ exitCode: 7, without: ['init'] });
    expect(await daemon.run()).toMatchObject({ exitCode: 7, without: ['init'] });
    expect(daemon.inits).toEqual([true, false, false]);
    expect(daemon.notes).toEqual(['The engine has no init for containers: running without one.']);
  });

  it.each([
    'exec: "docker-init": executable file not found in $PATH',
    'lookup init binary: exec: "catatonit": executable file not found in $PATH',
  ])('also where it is refused at the start: %s', async (said) => {
    const daemon = await fakeDaemon({
      start: (init) => (init ? { status: 500, message: said } : undefined),
    });
    expect(await daemon.run()).toMatchObject({ exitCode: 7, without: ['init'] });
    expect(daemon.removed()).toEqual(['DELETE /containers/c1', 'DELETE /containers/c2']);
  });

  it('says nothing of it where there is one', async () => {
    const daemon = await fakeDaemon({});
    expect(await daemon.run()).not.toHaveProperty('without');
    expect(daemon.notes).toEqual([]);
  });

  it.each([
    'Your kernel does not support pids limit capabilities or the cgroup is not mounted',
    'invalid --security-opt: no-new-privileges',
  ])('never runs without a protection: %s', async (said) => {
    const daemon = await fakeDaemon({ create: () => ({ status: 500, message: said }) });
    await expect(daemon.run()).rejects.toThrow(EnvironmentError);
    expect(daemon.inits).toEqual([true]);
  });

  it('does not try for ever', async () => {
    const daemon = await fakeDaemon({ create: () => ({ status: 500, message }) });
    await expect(daemon.run()).rejects.toThrow('container-init');
    expect(daemon.inits).toEqual([true, false]);
  });
});
