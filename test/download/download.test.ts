import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeSubset } from '../../src/dataset/subset.ts';
import { truePairs } from '../../src/dataset/truths.ts';
import { EnvironmentError, UsageError } from '../../src/errors.ts';
import { projectAt } from '../../src/project.ts';
import { selfSigned } from '../support/certificate.ts';
import { fileServer } from '../support/file-server.ts';
import { folderWith } from '../support/folder.ts';
import { httpProxy } from '../support/http-proxy.ts';
import { downloading, ids, metadata, video } from './support.ts';

const small = (id: string) => video(id, 100);

/** A whole dataset as a server offers it, and the list of it. */
async function servingDataset(queries = 100, references = 50, more: Record<string, string> = {}) {
  const truth = ids('Q', queries).map((id, index) => `${id},R${100001 + (index % references)}\n`);
  const files = {
    '/v1/train/train_query_metadata.csv': metadata(ids('Q', queries)),
    '/v1/train/train_reference_metadata.csv': metadata(ids('R', references)),
    '/v1/train/train_descriptor_ground_truth.csv': `query_id,ref_id\n${truth.join('')}`,
    ...more,
    ...Object.fromEntries(ids('Q', queries).map((id) => [`/v1/train/query/${id}.mp4`, small(id)])),
    ...Object.fromEntries(
      ids('R', references).map((id) => [`/v1/train/reference/${id}.mp4`, small(id)]),
    ),
  };
  const server = await fileServer(files);
  const list = Object.keys(files)
    .map((path) => `${server.origin}${path}\n`)
    .join('');
  return { server, list };
}

const names = async (folder: string) => (await readdir(folder)).sort();

describe('a proportion of a dataset', () => {
  it('has the queries that data-subset draws, and what they have copied from', async () => {
    const { list } = await servingDataset();
    const { run, root, folder } = await downloading(list, { proportion: 0.1 });
    const result = await run();
    expect(result).toMatchObject({ queries: 10, there: 0, missing: 0, unlisted: 0, failed: [] });
    expect(result.fetched).toBe(3 + result.queries + result.references);
    const project = projectAt(root);
    const whole = projectAt(await folderWith());
    await (
      await downloading(list, { root: whole.root, list: { path: join(root, 'list.txt') } })
    ).run();
    const subset = (of: typeof project, proportion: number) =>
      makeSubset(
        { project: of, dataset: 'train', truth: truePairs, proportion },
        { report: { report: () => {} }, signal: new AbortController().signal },
      );
    expect(await names(join(whole.competitionData, 'train/query'))).toHaveLength(100);
    for (const proportion of [0.1, 0.03]) {
      const { ids: drawn } = await subset(project, proportion);
      expect(drawn).toEqual((await subset(whole, proportion)).ids);
    }
    const drawn = (await subset(project, 0.1)).ids;
    expect(await names(join(folder, 'query'))).toEqual(drawn.map((id) => `${id}.mp4`));
    const copied = drawn.map((id) => `R${100001 + ((Number(id.slice(1)) - 100001) % 50)}.mp4`);
    expect(await names(join(folder, 'reference'))).toEqual(expect.arrayContaining(copied));
  });

  it('has the ground truth of both tracks', async () => {
    const segments = 'query_id,ref_id,query_start,query_end,ref_start,ref_end\n';
    const more = { '/v1/train/train_matching_ground_truth.csv': segments };
    const { list } = await servingDataset(3, 3, more);
    const { run, folder } = await downloading(list);
    await run();
    const lists = ['train_descriptor_ground_truth.csv', 'train_matching_ground_truth.csv'];
    expect(await names(folder)).toEqual(expect.arrayContaining(lists));
  });

  it('grows: what is there is not fetched again', async () => {
    const { list, server } = await servingDataset();
    const few = await downloading(list, { proportion: 0.05, references: false });
    expect(await few.run()).toMatchObject({ queries: 5, references: 0, fetched: 8 });
    expect(await names(join(few.folder, 'reference'))).toEqual([]);
    const more = await downloading(list, { root: few.root, proportion: 0.2, references: false });
    expect(await more.run()).toMatchObject({ queries: 20, there: 8, fetched: 15 });
    const gets = server.asked.filter(({ method }) => method === 'GET');
    expect(new Set(gets.map(({ path }) => path)).size).toBe(gets.length);
  });

  it('is drawn from the list where nobody has metadata, which is told', async () => {
    const server = await fileServer(
      Object.fromEntries(ids('Q', 100).map((id) => [`/train/query/${id}.mp4`, small(id)])),
    );
    const list = ids('Q', 100)
      .reverse()
      .map((id) => `${server.origin}/train/query/${id}.mp4\n`);
    const { run, events, folder } = await downloading(list.join(''), { proportion: 0.01 });
    expect(await run()).toMatchObject({ queries: 1, fetched: 1 });
    expect(await names(join(folder, 'query'))).toEqual(['Q100084.mp4']);
    expect(JSON.stringify(events)).toContain('There is no train_query_metadata.csv');
  });

  it('takes the metadata that are there already, under either name', async () => {
    const { list, server } = await servingDataset();
    const { run, folder } = await downloading(list, { proportion: 0.01 });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'query_metadata.csv'), metadata(ids('Q', 100).slice(0, 1)));
    expect(await run()).toMatchObject({ queries: 1 });
    expect(await names(join(folder, 'query'))).toEqual(['Q100001.mp4']);
    expect(server.gets('/v1/train/train_query_metadata.csv')).toEqual([]);
  });

  it('in a dry run touches nothing, and asks for lists and sizes only', async () => {
    const { list, server } = await servingDataset();
    const { run, root } = await downloading(list, {
      proportion: 0.05,
      references: false,
      dryRun: true,
    });
    const result = await run();
    expect(result).toMatchObject({ queries: 5, missing: 8, fetched: 0, there: 0, failed: [] });
    expect(result.bytes).toBe(5 * small('Q100001').length);
    expect(await readdir(root)).toEqual(['list.txt']);
    const gets = server.asked.filter(({ method }) => method === 'GET');
    expect(gets.map(({ path }) => path.slice(-4))).toEqual(['.csv', '.csv', '.csv']);
  });
});

describe('a list of several datasets', () => {
  it('gives each what is in its folder; references of others where the metadata name them', async () => {
    const files = Object.fromEntries(
      [
        'train/query/Q100001',
        'test/query/Q200001',
        'test/reference/R200001',
        'phase2/query/Q300001',
      ]
        .map((path) => [`/${path}.mp4`, small(path.slice(-7))])
        .concat([['/phase2/phase2_reference_metadata.csv', metadata(['R200001'])]]),
    ) as Record<string, Buffer>;
    const server = await fileServer({ ...files, '/notes.txt': 'x' });
    const list = [...Object.keys(files), '/notes.txt']
      .map((it) => `${server.origin}${it}\n`)
      .join('');
    for (const [dataset, expected] of [
      ['train', ['query/Q100001.mp4']],
      ['test', ['query/Q200001.mp4', 'reference/R200001.mp4']],
      ['phase2', ['query/Q300001.mp4', 'reference/R200001.mp4']],
    ] as const) {
      const { run, root, events } = await downloading(list, { dataset });
      await run();
      const folder = join(root, 'competition_data', dataset);
      const found = await readdir(folder, { recursive: true });
      expect(found.filter((name) => name.endsWith('.mp4')).sort()).toEqual(expected);
      expect(JSON.stringify(events)).toContain('files that vsc has no place for (notes.txt)');
    }
  });

  it('is refused where two lines have one place', async () => {
    const list = 'http://127.0.0.1:1/a/Q100001.mp4\nhttp://127.0.0.1:1/b/Q100001.mp4\n';
    const { run, root } = await downloading(list);
    await expect(run()).rejects.toThrow('lines 1 and 2 are both query/Q100001.mp4');
    await expect(run()).rejects.toThrow(UsageError);
    expect(await readdir(root)).toEqual(['list.txt']);
  });

  it('without a video of the dataset is no use', async () => {
    const { run } = await downloading('http://127.0.0.1:1/test/Q200001.mp4\n');
    await expect(run()).rejects.toThrow('The list has no videos of train.');
  });

  it('that lacks videos is told so', async () => {
    const server = await fileServer({
      '/query_metadata.csv': metadata(ids('Q', 5)),
      '/Q100001.mp4': small('Q100001'),
    });
    const { run, events } = await downloading(
      `${server.origin}/query_metadata.csv\n${server.origin}/Q100001.mp4\n`,
    );
    expect(await run()).toMatchObject({ queries: 1, unlisted: 4 });
    expect(JSON.stringify(events)).toContain(
      'The list has no URL for 4 of the videos (Q100002, Q100003, Q100004, …).',
    );
  });
});

describe('the list itself', () => {
  it('may be at a URL, and is asked for again where its server stumbles', async () => {
    const server = await fileServer({ '/Q100001.mp4': small('Q100001') });
    server.set('/list.txt', `${server.origin}/Q100001.mp4\n`);
    server.misbehave('/list.txt', (response, _, before) =>
      before < 2 ? response.writeHead(503).end() : false,
    );
    const url = new URL(`${server.origin}/list.txt?sig=secret`);
    const { run, events } = await downloading('', { list: { url } });
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  it('that is not there is wrong usage, one whose server has none a matter of the environment', async () => {
    const server = await fileServer({});
    const gone = await downloading('', { list: { path: '/no/such/list.txt' } });
    await expect(gone.run()).rejects.toThrow(UsageError);
    const url = new URL(`${server.origin}/list.txt?sig=secret`);
    const { run } = await downloading('', { list: { url } });
    await expect(run()).rejects.toThrow(EnvironmentError);
    await expect(run()).rejects.toThrow(`The list ${server.origin}/list.txt?… can't be fetched`);
  });

  it('is UTF-8 text', async () => {
    const { run, root } = await downloading('');
    await writeFile(join(root, 'list.txt'), Buffer.from([0xff, 0xfe, 0x00]));
    await expect(run()).rejects.toThrow('it is no UTF-8 text');
  });
});

describe('files that fail', () => {
  it("don't keep the others, and are told with their line, without what is secret", async () => {
    const { list, server } = await servingDataset(10, 3);
    server.misbehave('/v1/train/query/Q100003.mp4', (response) => response.writeHead(404).end());
    const secret = list
      .replaceAll('http://', 'http://me:hunter2@')
      .replaceAll('.mp4', '.mp4?sig=abc');
    const { run, folder, events } = await downloading(secret);
    const result = await run();
    expect(result).toMatchObject({ missing: 1, fetched: 3 + 10 + 3 - 1 });
    expect(result.failed).toEqual([
      {
        file: 'query/Q100003.mp4',
        url: `${server.origin}/v1/train/query/Q100003.mp4?…`,
        line: 6,
        why: expect.stringContaining('answered 404'),
      },
    ]);
    expect(JSON.stringify([result, events])).not.toMatch(/hunter2|sig=/);
    const login = `Basic ${Buffer.from('me:hunter2').toString('base64')}`;
    expect(new Set(server.asked.map(({ headers }) => headers.authorization))).toEqual(
      new Set([login]),
    );
    expect(await names(join(folder, 'query'))).toHaveLength(9);
  });

  it('ten in a row for their server are enough', async () => {
    const { list, server } = await servingDataset(60, 1);
    for (const id of ids('Q', 60)) {
      server.misbehave(`/v1/train/query/${id}.mp4`, (response) => response.writeHead(403).end());
    }
    const { run } = await downloading(list, { references: false });
    const result = await run();
    expect(result.missing).toBe(60);
    expect(result.failed.length).toBeGreaterThanOrEqual(10);
    expect(result.failed.length).toBeLessThan(14);
  });

  it('keep the videos from being drawn if they are the metadata', async () => {
    const { list, server } = await servingDataset(10, 3);
    server.set('/v1/train/train_query_metadata.csv', '<html>Log in</html>');
    const { run, folder } = await downloading(list);
    expect(await run()).toMatchObject({
      queries: 0,
      missing: 1,
      failed: [{ file: 'train_query_metadata.csv', why: expect.stringContaining('a web page') }],
    });
    expect(await names(join(folder, 'query'))).toEqual([]);
  });
});

describe('the disk', () => {
  it('is asked for room first; what was begun counts', async () => {
    const { list } = await servingDataset(10, 3);
    const freeBytes = async () => 2000;
    const { run, folder } = await downloading(list, {}, { freeBytes });
    const error = await run().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect((error as Error).message).toMatch(
      /^Not enough room on the disk of .*: 13 files still take [\d.]+ kB, 2 kB are free\.$/,
    );
    expect(await names(join(folder, 'query'))).toEqual([]);
  });

  it('that fails ends the rest at once', async () => {
    const { list, server } = await servingDataset(10, 3);
    const { run, folder } = await downloading(list, { parallel: 2 });
    await mkdir(join(folder, 'query/Q100002.mp4.part'), { recursive: true });
    server.misbehave('/v1/train/query/Q100001.mp4', () => true);
    await expect(run()).rejects.toThrow(/Q100002\.mp4\.part is a folder, where a file should be/);
  });

  it('may be behind symlinks, which stay', async () => {
    const { list } = await servingDataset(5, 2);
    const disk = await folderWith({ 'videos/.keep': '' });
    const { run, root, folder } = await downloading(list);
    await mkdir(join(root, 'competition_data'));
    await symlink(disk, folder);
    await symlink(join(disk, 'videos'), join(disk, 'query'));
    expect(await run()).toMatchObject({ missing: 0 });
    expect(await names(join(disk, 'videos'))).toHaveLength(6);
  });

  it('is for one download at a time; what a killed one left is taken over', async () => {
    const { list } = await servingDataset(5, 2);
    const owner = { pid: process.pid, hostname: 'here', isAlive: (pid: number) => pid === 77 };
    const { run, folder } = await downloading(list, {}, { owner });
    const lock = join(folder, '.download.lock');
    await mkdir(folder, { recursive: true });
    for (const [text, who] of [
      ['77 here\n', 'process 77 of this machine'],
      ['5 elsewhere\n', 'process 5 of elsewhere'],
    ] as const) {
      await writeFile(lock, text);
      await expect(run()).rejects.toThrow(who);
      expect(readFileSync(lock, 'utf8')).toBe(text);
    }
    for (const text of ['78 here\n', `${process.pid} here\n`, '']) {
      await writeFile(lock, text);
      expect(await run()).toMatchObject({ missing: 0 });
      expect(existsSync(lock)).toBe(false);
    }
  });
});

describe('the way to the server', () => {
  const path = '/Q100001.mp4';

  it('may lead over redirections, which get no password of another server', async () => {
    const there = await fileServer({ '/files/abc': small('Q100001') });
    const here = await fileServer({ [path]: '' });
    const target = `${there.origin}/files/abc`;
    here.misbehave(path, (response) => response.writeHead(302, { location: target }).end());
    const { run, folder } = await downloading(here.origin.replace('://', '://me:pw@') + path);
    expect(await run()).toMatchObject({ fetched: 1 });
    expect(readFileSync(join(folder, 'query', 'Q100001.mp4')).equals(small('Q100001'))).toBe(true);
    expect(here.gets(path)[0]?.headers.authorization).toBeDefined();
    expect(there.gets('/files/abc')[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    ['in a circle', '/Q100001.mp4', 'redirects in a circle'],
    ['to a file', 'file:///etc/passwd', 'redirects to what is no http or https URL'],
    ['nowhere', 'http://', 'redirects to what is no http or https URL'],
  ])('is not followed %s', async (_, location, why) => {
    const server = await fileServer({ [path]: '' });
    server.misbehave(path, (response) => response.writeHead(302, { location }).end());
    const { run } = await downloading(server.origin + path);
    expect((await run()).failed[0]?.why).toContain(why);
  });

  it('may lead by a proxy, but for hosts that are excepted', async () => {
    const server = await fileServer({ [path]: small('Q100001') });
    const { origin, forwarded } = await httpProxy();
    for (const env of [
      { HTTP_PROXY: origin },
      { http_proxy: origin.replace('http://', 'me:pw@') },
      { HTTP_PROXY: origin, NO_PROXY: '127.0.0.1' },
    ]) {
      const { run } = await downloading(server.origin + path, {}, { env });
      expect(await run()).toMatchObject({ fetched: 1 });
    }
    const login = `Basic ${Buffer.from('me:pw').toString('base64')}`;
    expect(forwarded.map(({ url }) => url)).toEqual(
      Array.from({ length: 4 }, () => server.origin + path),
    );
    expect(forwarded[3]?.headers['proxy-authorization']).toBe(login);
  });

  it.each(['socks5://me:hunter2@127.0.0.1:1', 'http://me:hunter2@[:1'])(
    'is not taken by the proxy %s, whose password is not told',
    async (HTTPS_PROXY) => {
      const { run } = await downloading(
        'http://127.0.0.1:1/Q100001.mp4',
        {},
        { env: { HTTPS_PROXY } },
      );
      const error = await run().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toBe('HTTPS_PROXY is no URL of an http or https proxy.');
    },
  );

  it('is not taken by TLS that nobody vouches for, or that is none', async () => {
    const { tls } = await selfSigned();
    const server = await fileServer({ [path]: small('Q100001') }, { tls });
    const { run, pauses } = await downloading(server.origin + path);
    expect((await run()).failed[0]?.why).toMatch(
      /can't be trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\); .*NODE_EXTRA_CA_CERTS/,
    );
    const plain = await fileServer({ [path]: small('Q100001') });
    const wrong = await downloading(plain.origin.replace('http:', 'https:') + path);
    expect((await wrong.run()).failed[0]?.why).toContain("can't be trusted (ERR_SSL");
    expect([...pauses, ...wrong.pauses]).toEqual([]);
  });
});

it('tells how far it is, in a sum and by file', async () => {
  const { list } = await servingDataset(3, 1);
  const { run, events } = await downloading(list, { references: false });
  await run();
  const sums = events.flatMap((it) => (it.type === 'progress' && it.id === 'download' ? [it] : []));
  const total = 3 * small('Q100001').length;
  expect(sums.at(-1)).toMatchObject({
    label: '3 of 3 files',
    completed: total,
    total,
    unit: 'bytes',
    done: true,
  });
  expect(events).toContainEqual(expect.objectContaining({ id: 'sizes', completed: 3, total: 3 }));
  const part = { label: 'query/Q100002.mp4', part: true, done: true };
  expect(events).toContainEqual(expect.objectContaining(part));
});
