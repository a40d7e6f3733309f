import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Interrupted } from '../../src/errors.ts';
import {
  breakAfter,
  fileServer,
  type Misbehaviour,
  sendFile,
  tagOf,
  times,
} from '../support/file-server.ts';
import { folderWith } from '../support/folder.ts';
import { downloading, video, videoBytes } from './support.ts';

const place = 'query/Q100001.mp4';
const path = '/train/query/Q100001.mp4';
const whole = video('Q100001');

/** A server with one video, which misbehaves; and a download of it. */
async function fetching(how?: Misbehaviour, details = '', world = {}) {
  const server = await fileServer({ [path]: whole });
  if (how) server.misbehave(path, how);
  const made = await downloading(`${server.origin}${path} ${details}`, {}, world);
  return { ...made, server, file: join(made.folder, place) };
}

/** For servers that say nothing. */
const impatient = { stallTimeout: 500 };

/** What is left in the folder of queries. */
const left = (folder: string) => readdir(join(folder, 'query')).then((names) => names.sort());

describe('a file', () => {
  it('comes whole, and nothing stays beside it', async () => {
    const { run, server, file, folder } = await fetching();
    expect(await run()).toMatchObject({ queries: 1, fetched: 1, missing: 0, bytes: whole.length });
    expect(readFileSync(file).equals(whole)).toBe(true);
    expect(await left(folder)).toEqual(['Q100001.mp4']);
    expect(await readdir(folder)).toEqual(['query', 'reference']);
    expect(server.sent(path)).toBe(whole.length);
  });

  it('is not fetched again, whether the list has its size or not', async () => {
    for (const details of ['', String(whole.length)]) {
      const { run, server } = await fetching(undefined, details);
      await run();
      expect(await run()).toMatchObject({ there: 1, fetched: 0, missing: 0, bytes: 0 });
      expect(server.gets(path)).toHaveLength(1);
    }
  });

  it.each([
    ['is empty', ''],
    ['is cut off', whole.subarray(0, 300_000)],
    ['is a web page', '<html>'],
  ])('is fetched again where what is there %s', async (_, content) => {
    const { run, file } = await fetching();
    await run();
    await writeFile(file, content);
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(readFileSync(file).equals(whole)).toBe(true);
  });

  it('is kept as it is where the server has it so, too', async () => {
    const { run, server, file } = await fetching();
    const broken = whole.subarray(0, -10);
    server.set(path, broken);
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(await run()).toMatchObject({ fetched: 0, there: 1 });
    expect(readFileSync(file).equals(broken)).toBe(true);
  });
});

describe('a connection', () => {
  it('that breaks off again and again is gone on with, and no byte fetched twice', async () => {
    const { run, server, file, pauses, warnings } = await fetching(breakAfter(50_000));
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(readFileSync(file).equals(whole)).toBe(true);
    expect(server.sent(path)).toBe(whole.length);
    expect(server.gets(path).length).toBe(Math.ceil(whole.length / 50_000));
    // It came further each time: no reason to wait longer.
    for (const pause of pauses) expect(pause).toBeLessThanOrEqual(1000);
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain('broke the connection off');
  });

  it('that stalls is given up and gone on with', async () => {
    const stall: Misbehaviour = (response, _, __, content) => {
      response.writeHead(200, { etag: tagOf(content), 'content-length': content.length });
      response.write(content.subarray(0, 100_000));
    };
    const { run, server, file, warnings } = await fetching(times(1, stall), '', impatient);
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(readFileSync(file).equals(whole)).toBe(true);
    expect(server.gets(path)[1]?.headers.range).toBe('bytes=100000-');
    expect(warnings()[0]).toContain('has stalled (UND_ERR_BODY_TIMEOUT)');
  });

  it('that never answers is given up, with pauses that grow', async () => {
    const { run, folder, pauses } = await fetching(() => {}, '', impatient);
    const { failed } = await run();
    expect(failed).toEqual([
      {
        file: place,
        line: 1,
        url: expect.stringContaining(path),
        why: expect.stringContaining('does not answer'),
      },
    ]);
    expect(pauses).toHaveLength(5);
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(500 * 2 ** index);
      expect(pause).toBeLessThanOrEqual(1000 * 2 ** index);
    }
    expect(await left(folder)).toEqual([]);
  });

  it('that is refused fails with the reason', async () => {
    const { run, server } = await fetching();
    await server.close();
    const { failed } = await run();
    expect(failed[0]?.why).toMatch(/^127\.0\.0\.1:\d+ refuses connections \(ECONNREFUSED\)$/);
  });
});

describe('a server', () => {
  it('that ignores ranges sends the file from its start', async () => {
    const { run, server, file } = await fetching((response, asked, before, content) => {
      if (before === 0) return breakAfter(100_000)(response, asked, before, content);
      return sendFile(response, { ...asked, headers: {} }, content);
    });
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(server.gets(path)[1]?.headers.range).toBe('bytes=100000-');
    expect(readFileSync(file).equals(whole)).toBe(true);
  });

  it('that ignores ranges and breaks off each time is given up', async () => {
    const { run, server } = await fetching((response, asked, before, content) =>
      breakAfter(100_000)(response, { ...asked, headers: {} }, before, content),
    );
    expect((await run()).failed).toHaveLength(1);
    expect(server.gets(path).length).toBeLessThan(10);
  });

  it('that has another file by now sends that one', async () => {
    const { run, server, file } = await fetching(times(1, breakAfter(100_000)));
    const other = video('Q999999', videoBytes + 5);
    server.misbehave(path, (response, asked, before, content) => {
      if (before > 0) return false;
      breakAfter(100_000)(response, asked, before, content);
      return server.set(path, other);
    });
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(readFileSync(file).equals(other)).toBe(true);
  });

  it('that answers with another part than was asked for does not spoil the file', async () => {
    const { run, file } = await fetching((response, asked, before, content) => {
      if (before === 0) return breakAfter(100_000)(response, asked, before, content);
      if (before > 1) return false;
      const range = `bytes 50000-${content.length - 1}/${content.length}`;
      return response.writeHead(206, { 'content-range': range }).end(content.subarray(50_000));
    });
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(readFileSync(file).equals(whole)).toBe(true);
  });

  it('that has no such part any more is asked for the whole', async () => {
    const { run, file } = await fetching((response, asked, before, content) => {
      if (before === 0) return breakAfter(100_000)(response, asked, before, content);
      if (before > 1) return false;
      return response.writeHead(416).end();
    });
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(readFileSync(file).equals(whole)).toBe(true);
  });

  it.each([500, 502, 503, 504, 429, 408])('that answers %d is asked again', async (status) => {
    const { run, pauses } = await fetching(
      times(2, (response) => void response.writeHead(status).end()),
    );
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(pauses).toHaveLength(2);
  });

  it.each([
    [404, 'there is no such file'],
    [403, 'they may have expired'],
    [401, 'not allowed'],
    [400, 'answered 400'],
  ])('that answers %d is not', async (status, why) => {
    const { run, pauses } = await fetching((response) => void response.writeHead(status).end());
    expect((await run()).failed[0]?.why).toContain(why);
    expect(pauses).toEqual([]);
  });

  it('that says when to come again is obeyed', async () => {
    const wait = (text: string): Misbehaviour =>
      times(1, (response) => void response.writeHead(503, { 'retry-after': text }).end());
    const { run, pauses } = await fetching(wait('17'));
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(pauses[0]).toBe(17_000);
    const date = await fetching(wait(new Date(Date.now() + 120_000).toUTCString()));
    expect(await date.run()).toMatchObject({ fetched: 1 });
    expect(date.pauses[0]).toBeGreaterThan(110_000);
    expect(date.pauses[0]).toBeLessThanOrEqual(120_000);
    const long = await fetching(wait('86400'));
    expect((await long.run()).failed[0]?.why).toContain('asks to come again in 1440 minutes');
    expect(long.pauses).toEqual([]);
  });

  it('that sends a web page is told so, and what was there is kept', async () => {
    const login: Misbehaviour = (response) =>
      void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>');
    const { run, folder } = await fetching((response, asked, before, content) =>
      (before === 0 ? breakAfter(100_000) : login)(response, asked, before, content),
    );
    expect((await run()).failed[0]?.why).toContain("sent a web page in the file's place");
    expect(await left(folder)).toEqual(['Q100001.mp4.part', 'Q100001.mp4.part.json']);
  });

  it.each([
    ['garbage', Buffer.alloc(9000, 7), /is no MP4 file: it begins with "\\x07/],
    [
      'a page without its type',
      '<!DOCTYPE html>',
      /is no MP4 file: it begins with "<!DOCTYPE html>"/,
    ],
    ['nothing', '', /is empty/],
  ])('that sends %s is asked a few times', async (_, content, why) => {
    const { run, server, folder } = await fetching((response) => void response.end(content));
    expect((await run()).failed[0]?.why).toMatch(why);
    expect(server.gets(path)).toHaveLength(3);
    expect(await left(folder)).toEqual([]);
  });

  it('that sends no HTTP is told so', async () => {
    const { run } = await fetching((response) => void response.socket?.end('220 ftp ready\r\n'));
    expect((await run()).failed[0]?.why).toContain('sent what is no HTTP');
  });

  it('that sends without a length what ends too early is asked again', async () => {
    const { run, file } = await fetching(
      times(1, (response, _, __, content) => {
        response.writeHead(200, { connection: 'close' });
        response.useChunkedEncodingByDefault = false;
        response.end(content.subarray(0, 200_000));
      }),
    );
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(readFileSync(file).equals(whole)).toBe(true);
  });

  it('that compresses all the same is told so', async () => {
    const { run } = await fetching(
      (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    );
    expect((await run()).failed[0]?.why).toContain('sends it compressed');
  });
});

describe('what the list says', () => {
  const sha256 = createHash('sha256').update(whole).digest('hex');

  it('of sizes and sums is checked', async () => {
    for (const sum of [
      `sha256:${sha256}`,
      `SHA-256:${sha256.toUpperCase()}`,
      `md5:${createHash('md5').update(whole).digest('hex')}`,
    ]) {
      const { run, file } = await fetching(undefined, `${whole.length} ${sum}`);
      expect(await run()).toMatchObject({ fetched: 1 });
      expect(existsSync(file)).toBe(true);
    }
  });

  it('of another size fails before the file is fetched', async () => {
    const { run, server, folder } = await fetching(undefined, '12345');
    expect((await run()).failed[0]?.why).toContain('of the 12,345 bytes that the list says');
    expect(await left(folder)).toEqual([]);
    expect(server.gets(path)).toHaveLength(3);
  });

  it('of another sum fails, and a server that sends the right one later is believed', async () => {
    const { run, server, folder } = await fetching(undefined, `sha256:${'0'.repeat(64)}`);
    expect((await run()).failed[0]?.why).toContain(
      `has the sha256 sum ${sha256.slice(0, 12)}…, not 000000000000…`,
    );
    expect(await left(folder)).toEqual([]);
    expect(server.gets(path)).toHaveLength(3);
    const other = await fetching(
      times(1, (response) => void response.end(video('Q5'))),
      `sha256:${sha256}`,
    );
    expect(await other.run()).toMatchObject({ fetched: 1 });
    expect(readFileSync(other.file).equals(whole)).toBe(true);
  });

  it('makes a server that sends more than that stop', async () => {
    const { run, server, folder } = await fetching((response) => {
      const more = () => {
        while (response.writable && response.write(Buffer.alloc(65_536))) {}
      };
      response.on('drain', more).writeHead(200);
      more();
    }, '1000000');
    expect((await run()).failed[0]?.why).toContain('sent more than 1 MB');
    expect(await left(folder)).toEqual([]);
    expect(server.sent(path)).toBeLessThan(100_000_000);
  });
});

describe('another run', () => {
  it('goes on where an interrupted one was', async () => {
    const controller = new AbortController();
    const world = { signal: controller.signal, stallTimeout: 60_000 };
    const { run, root, server, folder, file } = await fetching(
      times(1, (response, _, __, content) => {
        response.writeHead(200, { etag: tagOf(content), 'content-length': content.length });
        response.write(content.subarray(0, 150_000));
      }),
      '',
      world,
    );
    const interrupted = run();
    void vi
      .waitUntil(() => statSync(`${file}.part`, { throwIfNoEntry: false })?.size === 150_000)
      .then(() => controller.abort(new Interrupted('SIGINT')));
    await expect(interrupted).rejects.toThrow(Interrupted);
    expect(await left(folder)).toEqual(['Q100001.mp4.part', 'Q100001.mp4.part.json']);
    expect(await readdir(folder)).not.toContain('.download.lock');
    const again = await downloading('', { root });
    expect(await again.run()).toMatchObject({ fetched: 1 });
    expect(server.gets(path)[1]?.headers.range).toBe('bytes=150000-');
    expect(readFileSync(join(folder, place)).equals(whole)).toBe(true);
    expect(await left(folder)).toEqual(['Q100001.mp4']);
  });

  it.each([
    ['nothing is remembered of', {}],
    [
      'is longer than the file',
      { 'Q100001.mp4.part.json': JSON.stringify({ validator: tagOf(whole), size: 10 }) },
    ],
    [
      'is remembered in words that nobody understands',
      { 'Q100001.mp4.part.json': '{"validator":"\\r\\nevil: 1"}' },
    ],
    [
      'belongs to another file',
      { 'Q100001.mp4.part.json': '{"validator":"\\"old\\"","size":999999}' },
    ],
  ])('begins anew with what %s', async (_, more) => {
    const { run, root, folder, file } = await fetching();
    for (const [name, text] of Object.entries({ 'Q100001.mp4.part': 'x'.repeat(900), ...more })) {
      await mkdir(join(folder, 'query'), { recursive: true });
      await writeFile(join(folder, 'query', name), text);
    }
    expect(root).toBeTruthy();
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(readFileSync(file).equals(whole)).toBe(true);
    expect(await left(folder)).toEqual(['Q100001.mp4']);
  });

  it('needs no server for what only lacked its name', async () => {
    const { run, server, folder, file } = await fetching(undefined, String(whole.length));
    await mkdir(join(folder, 'query'), { recursive: true });
    await writeFile(`${file}.part`, whole);
    await writeFile(`${file}.part.json`, JSON.stringify({ validator: '"x"', size: whole.length }));
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(server.asked).toEqual([]);
    expect(await left(folder)).toEqual(['Q100001.mp4']);
  });

  it('sweeps what is remembered of a file that is whole', async () => {
    const { run, folder, file } = await fetching();
    await run();
    await writeFile(`${file}.part.json`, '{}');
    await run();
    expect(await left(folder)).toEqual(['Q100001.mp4']);
  });

  it('follows no symlink in the place of a partial file', async () => {
    const { run, folder, file } = await fetching();
    const precious = join(await folderWith({ precious: 'dear' }), 'precious');
    await mkdir(join(folder, 'query'), { recursive: true });
    await symlink(precious, `${file}.part`);
    await expect(run()).rejects.toThrow(/is a symlink, where a file should be/);
    expect(readFileSync(precious, 'utf8')).toBe('dear');
  });
});
