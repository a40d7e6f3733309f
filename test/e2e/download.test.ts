import { existsSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { ids, metadata, video } from '../download/support.ts';
import { selfSigned } from '../support/certificate.ts';
import { run, vsc } from '../support/cli.ts';
import { fileServer, type Misbehaviour, tagOf } from '../support/file-server.ts';
import { folderWith } from '../support/folder.ts';
import { httpProxy } from '../support/http-proxy.ts';

const megabytes = 4_000_000;

/** Sends half of what is asked for, and keeps the connection open. */
const half: Misbehaviour = (response, { headers }, before, content) => {
  if (before > 0 || headers.range !== undefined) return false;
  response.writeHead(200, { etag: tagOf(content), 'content-length': content.length });
  response.write(content.subarray(0, content.length / 2));
  return true;
};

/** A server with a dataset of three queries and a reference, and a project with the list of them. */
async function serving() {
  const videos = [...ids('Q', 3), 'R100001'];
  const files: Record<string, string | Buffer> = {
    '/test_query_metadata.csv': metadata(ids('Q', 3)),
    '/test_reference_metadata.csv': metadata(['R100001']),
  };
  for (const id of videos) files[`/${id}.mp4`] = video(id, megabytes);
  const server = await fileServer(files);
  const list = Object.keys(files).map((path) => `${server.origin}${path}\n`);
  const project = await folderWith({ 'urls.txt': `# test\n${list.join('')}` });
  const folder = join(project, 'competition_data/test');
  const places = videos.map((id) =>
    join(folder, id.startsWith('Q') ? 'query' : 'reference', `${id}.mp4`),
  );
  return { server, files, project, folder, videos, places };
}

const line = 'download test --url-list urls.txt --all';

/** Whatever proxies this machine goes by. */
const direct = { NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' };

it('goes on after a SIGKILL where it was, and fetches no byte twice', async () => {
  const { server, files, project, videos, places } = await serving();
  for (const id of videos.slice(0, 3)) server.misbehave(`/${id}.mp4`, half);
  const killed = vsc(project, line, { env: direct });
  const length = (files['/Q100001.mp4'] as Buffer).length;
  const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size;
  const isHalfWay = () =>
    places.slice(0, 3).every((path) => size(`${path}.part`) === Math.floor(length / 2)) &&
    existsSync(places[3] ?? '');
  await vi.waitUntil(isHalfWay, { timeout: 120_000 });
  killed.kill('SIGKILL');
  await killed;
  const again = await run(project, line, direct);
  expect(again.exitCode).toBe(0);
  expect(again.stdout).toContain('3 queries and 1 references');
  for (const [index, id] of videos.entries()) {
    const whole = files[`/${id}.mp4`] as Buffer;
    expect(readFileSync(places[index] ?? '').equals(whole)).toBe(true);
    expect(server.sent(`/${id}.mp4`)).toBe(whole.length);
    expect(existsSync(`${places[index]}.part`)).toBe(false);
    expect(existsSync(`${places[index]}.part.json`)).toBe(false);
  }
  const subset = await run(project, 'data-subset --dataset test --proportion 1');
  expect(subset).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('warning') });
});

it('is interrupted with 130, keeps what came, and says so of what failed with 3', async () => {
  const { server, project, places } = await serving();
  server.misbehave('/Q100002.mp4', half);
  const interrupted = vsc(project, line, { env: direct });
  const begun = () => existsSync(`${places[1]}.part.json`) && existsSync(places[3] ?? '');
  await vi.waitUntil(begun, { timeout: 120_000 });
  interrupted.kill('SIGINT');
  expect((await interrupted).exitCode).toBe(130);
  expect(existsSync(`${places[1]}.part`)).toBe(true);

  server.misbehave('/Q100002.mp4', (response) => response.writeHead(404).end());
  const failed = await run(project, `${line} --json`, direct);
  expect(failed.exitCode).toBe(3);
  expect(JSON.parse(failed.stdout)).toMatchObject({
    command: 'download',
    ok: false,
    fetched: 0,
    there: 5,
    missing: 1,
    failed: [{ file: 'query/Q100002.mp4', line: 5, why: expect.stringContaining('404') }],
    error: {
      name: 'EnvironmentError',
      message: expect.stringContaining('query/Q100002.mp4 (line 5)'),
      next: [expect.stringContaining('Run the same command again')],
    },
  });
});

it('refuses a hostile list with 2, its lines, and no password', async () => {
  const { project } = await serving();
  const hostile = ['http://me:hunter2@h/../../x.mp4', 'file:///etc/passwd', 'http://h/Q100001.mp4'];
  await writeFile(join(project, 'urls.txt'), [...hostile, 'http://h/b/Q100001.mp4'].join('\n'));
  const { exitCode, stderr } = await run(project, line, direct);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('line 1: its path has ".."');
  expect(stderr).toContain('line 2: file://');
  expect(stderr).not.toContain('hunter2');
  expect(existsSync(join(project, 'competition_data'))).toBe(false);
});

it('reaches a server over TLS by a proxy, with the certificate of an own network', async () => {
  const { tls, path } = await selfSigned();
  const server = await fileServer({ '/Q100001.mp4': video('Q100001') }, { tls });
  const { origin, tunnelled } = await httpProxy();
  const project = await folderWith({ 'urls.txt': `${server.origin}/Q100001.mp4\n` });
  const env = { HTTPS_PROXY: origin, NODE_EXTRA_CA_CERTS: path, NO_PROXY: '', no_proxy: '' };
  const { exitCode, stderr } = await run(project, line, env);
  expect(exitCode, stderr).toBe(0);
  expect(tunnelled).toContain(server.origin.replace('https://', ''));
});

it('completes its flags, datasets and files', async () => {
  const { project } = await serving();
  const words = await run(project, 'completion fish --complete -- download t');
  expect(words.stdout).toContain('train\t');
  const files = await run(project, 'completion fish --complete -- download --url-list u');
  expect(files.stdout.trim()).toBe(':files');
});
