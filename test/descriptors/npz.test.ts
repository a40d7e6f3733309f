import { describe, expect, it } from 'vitest';
import type { NpzFile } from '../../src/descriptors/npz.ts';
import { checkSet } from '../../src/descriptors/validate.ts';
import type { Finding } from '../../src/errors.ts';
import {
  type EntryModel,
  entryOf,
  withSizesBehind,
  type ZipModel,
  zipOf,
} from '../support/zip-model.ts';
import {
  bytesSource,
  floatsNpy,
  idsNpy,
  makeNpy,
  makeNpyWithHeader,
  makeSet,
  makeZip,
  waysToRead,
} from './support.ts';

const durations = new Map([['Q100001', 3]]);
const expected = { file: 'x.npz', kind: 'query', durations, source: 'metadata' } as const;
const ids = { name: 'video_ids.npy', data: idsNpy(['Q100001']) };
const features = { name: 'features.npy', data: floatsNpy([[1, 2]]) };
const timestamps = { name: 'timestamps.npy', data: makeNpy('<f8', [1], Buffer.alloc(8)) };
const valid = makeZip([ids, features, timestamps]);

const messages = (findings: readonly Finding[]) =>
  findings.map(({ rule, message }) => `${rule}: ${message}`);

describe.each(Object.entries(waysToRead))('an npz read %s', (_, open) => {
  const check = async (bytes: Buffer) =>
    messages((await checkSet(open(bytes), expected, { scanFinite: true })).findings);
  const checkEntries = (...entries: Parameters<typeof makeZip>[0]) => check(makeZip(entries));

  it('is fine as it should be', async () => {
    expect(await check(valid)).toEqual([]);
    expect(await check(makeSet(['Q100001'], { deflate: true }))).toEqual([]);
    expect(await check(makeSet(['Q100001'], { sizesFollow: true }))).toEqual([]);
  });

  it.each([
    ['short and signed', withSizesBehind],
    ['short', (entry: EntryModel) => withSizesBehind(entry, false)],
    ['long and signed', (entry: EntryModel) => withSizesBehind(entry, true, true)],
    ['long', (entry: EntryModel) => withSizesBehind(entry, false, true)],
    [
      'only said to be there',
      (entry: EntryModel) => ({ ...withSizesBehind(entry), descriptor: Buffer.alloc(0) }),
    ],
  ])('may have sizes behind its arrays: %s, after megabytes of others', async (_what, change) => {
    const other = entryOf('notes.npy', Buffer.alloc(5 * 2 ** 20));
    const entries = [ids, features, timestamps].map(({ name, data }) => entryOf(name, data));
    const model = { entries: [other, ...entries].map((entry) => change(entry)) };
    expect(await check(zipOf(model))).toEqual([]);
  });

  it('has its faults told in the order of its bytes, however the directory lists it', async () => {
    const entries = [timestamps, features, ids].map(({ name, data }) => entryOf(name, data));
    const damaged = entries.map((entry) => ({ ...entry, crc32: 1 }));
    const found = await check(zipOf({ entries: damaged, listed: [1, 2, 0] }));
    expect(found.map((finding) => finding.split(' ')[1])).toEqual([
      'timestamps',
      'features',
      'video_ids',
    ]);
  });

  it('may hold other arrays, pickled ones too', async () => {
    const other = { name: 'notes.npy', data: makeNpy('|O', [1], Buffer.from('cos\nsystem')) };
    const more = { ...other, name: 'Notes.npy' };
    expect(await checkEntries(other, ids, features, more, timestamps)).toEqual([]);
  });

  it.each([0, 1, 21, 22, 100, 400, valid.length - 1])('cut off after %i bytes', async (length) => {
    expect(await check(valid.subarray(0, length))).toEqual([
      expect.stringMatching(/^unreadable: /),
    ]);
  });

  it.each([
    [
      'a size that lies',
      { ...features, says: { size: 5 } },
      /declares 136 bytes packed and 5 unpacked\.|more than the 5 bytes it declares\./,
    ],
    [
      'a huge size',
      { ...features, says: { size: 0xfffffffe, packedSize: 0xfffffffe } },
      /does not lie in the zip|is 4,294,967,294 bytes long/,
    ],
    [
      'a packed size that lies',
      { ...features, deflate: true, says: { packedSize: 5 } },
      /does not lie in the zip|data is damaged \(unexpected end of file\)\./,
    ],
    [
      'an unpacked size that is too small',
      { ...features, deflate: true, says: { size: 5 } },
      /read: It unpacks to more than the 5 bytes it declares\./,
    ],
    [
      'an unpacked size that is too large',
      { ...features, deflate: true, says: { size: 5000 } },
      /read: it is 5,000 bytes long, but its header calls for 136\./,
    ],
    [
      'a wrong checksum',
      { ...features, says: { crc32: 5 } },
      /read: Its checksum \(CRC-32\) is wrong: the data was damaged\./,
    ],
    [
      'a wrong checksum, deflated',
      { ...features, deflate: true, says: { crc32: 5 } },
      /read: Its checksum \(CRC-32\) is wrong: the data was damaged\./,
    ],
    ['encryption', { ...features, encrypted: true }, /(?:It|features\.npy) is encrypted\./],
    [
      'another method',
      { ...features, method: 14 },
      /(?:It|features\.npy) is compressed by method 14; stored \(0\) and deflated \(8\) are read\./,
    ],
    [
      'no deflate data',
      { ...features, method: 8 },
      /read: Its compressed data ends before it should\./,
    ],
    ['a place that is none', { ...features, says: { offset: 3 } }, /does not lie in the zip/],
    ['a place beyond the end', { ...features, says: { offset: 1e9 } }, /does not lie in the zip/],
    [
      'no array in it',
      { ...features, data: Buffer.from('hello') },
      /read: It does not begin like a numpy array\./,
    ],
    [
      'more data than its header says',
      { ...features, data: makeNpy('<f4', [1, 2], Buffer.alloc(9)) },
      /is 137 bytes long, but its header calls for 136\./,
    ],
    [
      'less data than its header says',
      { ...features, data: makeNpy('<f4', [1, 9], Buffer.alloc(8)) },
      /is 136 bytes long, but its header calls for 164\./,
    ],
    [
      'a header of a gigabyte',
      { ...features, data: makeNpyWithHeader(' '.repeat(2 ** 20), Buffer.alloc(0), 2) },
      /npy header is 1048576 bytes long; numpy reads at most 10000\./,
    ],
  ])('is unreadable with %s', async (_what, entry, message) => {
    const findings = await checkEntries(ids, entry, timestamps);
    expect(findings).toEqual([expect.stringMatching(message)]);
    expect(findings[0]).toMatch(/^unreadable: /);
  });

  it('is unreadable with an array twice', async () => {
    expect(await checkEntries(ids, features, ids, timestamps)).toEqual([
      'unreadable: It holds "video_ids" more than once.',
    ]);
  });

  it('is never unpickled', async () => {
    const pickled = { ...ids, data: makeNpy('|O', [1], Buffer.from('cos\nsystem\n(S"id"\ntR.')) };
    expect(await checkEntries(pickled, features, timestamps)).toEqual([
      expect.stringMatching(
        /^unreadable: video_ids can't be read: It holds pickled Python objects/,
      ),
    ]);
  });

  const savez = 'numpy.savez(file, video_ids=…, timestamps=…, features=…)';

  it.each([
    ['a single array', features.data, 'It is a single .npy array, not an npz.', savez],
    [
      'a pickle',
      Buffer.from('\x80\x04K\x01.', 'latin1'),
      'It is a pickle, not an npz; pickles are never loaded.',
      savez,
    ],
    ['text', Buffer.from('{}'), 'It is not an npz (a zip of numpy arrays).', undefined],
    ['nothing', Buffer.alloc(0), 'It is empty.', undefined],
  ])('tells what it is instead: %s', async (_what, bytes, message, fix) => {
    const { findings } = await checkSet(open(bytes), expected, { scanFinite: true });
    const finding = { severity: 'error', file: 'x.npz', rule: 'unreadable', message };
    expect(findings).toEqual([{ ...finding, ...(fix && { fix }) }]);
  });

  it('goes on after an array that is damaged', async () => {
    const findings = await checkEntries(
      { ...ids, says: { crc32: 1 } },
      {
        ...features,
        data: makeNpy('<f8', [1, 2], Buffer.alloc(16)),
      },
    );
    expect(findings.map((finding) => finding.split(':')[0])).toEqual([
      'unreadable',
      'missing-array',
      'not-float32',
    ]);
  });
});

describe('an npz that is read in order is held to its directory', () => {
  const entries = [ids, features, timestamps].map(({ name, data }) => entryOf(name, data));
  const behind = entries.map((entry) => withSizesBehind(entry));
  const check = async (model: ZipModel) => {
    const npz = waysToRead.streamed?.(zipOf(model)) as NpzFile;
    return messages((await checkSet(npz, expected, { scanFinite: true })).findings);
  };
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => entryOf(`${at}.npy`, Buffer.alloc(0)));

  const misplaced = (name: string) =>
    `"${name}" does not lie in the zip from where its directory says to where the next entry begins.`;

  it.each<[string, ZipModel, string]>([
    [
      'an array that is not in it',
      { entries, listed: [0, 1] },
      'It holds arrays that are not in its directory.',
    ],
    [
      'an array that is not in it, and has its sizes there',
      {
        entries: entries.map((entry, at) => (at === 1 ? withSizesBehind(entry) : entry)),
        listed: [0, 2],
      },
      'An array is not in the directory.',
    ],
    [
      'an array that is elsewhere',
      { entries: entries.map((entry) => ({ ...entry, descriptor: Buffer.from('more') })) },
      'An array is not where its directory says.',
    ],
    [
      'an array of another name',
      {
        entries: entries.map((entry, at) =>
          at === 0 ? { ...entry, local: { name: Buffer.from('video_idz.npy') } } : entry,
        ),
      },
      '"video_ids.npy" is described differently at its place and in the zip\'s directory.',
    ],
    [
      'sizes behind an array that are not its own',
      { entries: behind.map((entry) => ({ ...entry, descriptor: Buffer.alloc(16) })) },
      misplaced('video_ids.npy'),
    ],
    [
      'too much behind an array that has its sizes there',
      { entries: behind, between: zipOf({ entries: entries.slice(0, 1) }) },
      misplaced('timestamps.npy'),
    ],
    [
      'bytes behind the last array',
      { entries, between: Buffer.alloc(9) },
      'It holds arrays that are not in its directory.',
    ],
    [
      'megabytes behind the last array',
      { entries, between: Buffer.alloc(2 ** 23) },
      'It has 8388807 bytes after its last array that belong to nothing.',
    ],
    ['10,001 arrays', { entries: many(10_001) }, 'It holds far too many arrays.'],
  ])('%s', async (_, model, message) => {
    expect(await check(model)).toEqual([`unreadable: ${message}`]);
  });

  it('of 10,000 at most', async () => {
    const found = await check({ entries: many(10_000) });
    expect(found.map((finding) => finding.split(':')[0])).toEqual(Array(3).fill('missing-array'));
  });
});

it('a bomb ends in a verdict within bounds of time and memory', async () => {
  const rows = 195_000;
  const data = makeNpy('<f4', [rows, 512], Buffer.alloc(rows * 512 * 4));
  const zip = makeZip([ids, timestamps, { name: 'features.npy', data, deflate: true }]);
  expect(zip.length).toBeLessThan(1e6);
  const before = process.memoryUsage.rss();
  const { findings } = await checkSet(bytesSource(zip), expected, { scanFinite: true });
  expect(findings.map(({ rule }) => rule)).toEqual(['lengths-differ', 'too-many-vectors']);
  const stream = {
    size: zip.length,
    chunks: async function* () {
      yield zip;
    },
  };
  expect((await checkSet(stream, expected, { scanFinite: true })).findings).not.toEqual([]);
  expect(process.memoryUsage.rss() - before).toBeLessThan(200e6);
});

it.each([
  [2 ** 18, ['unknown-video']],
  [2 ** 18 + 1, ['unreadable']],
])('an id may take %d characters: %j', async (width, rules) => {
  const long = { name: 'video_ids.npy', data: idsNpy([`Q${'x'.repeat(width - 1)}`], width) };
  const set = { ...expected, durations: new Map([['Q100001', 10_000]]) };
  const zip = bytesSource(makeZip([long, features, timestamps]));
  const { findings } = await checkSet(zip, set, { scanFinite: true });
  expect(findings.map(({ rule }) => rule)).toEqual(rules);
  for (const { message } of findings) expect(message.length).toBeLessThan(300);
});

it.each([
  ['stored', false],
  ['deflated', true],
])('is not to blame for what the system refuses: %s', async (_, deflate) => {
  const whole = bytesSource(makeSet(['Q100001'], { deflate }));
  let reads = 0;
  let most = Number.POSITIVE_INFINITY;
  const source = {
    ...whole,
    read: (into: Uint8Array, position: number) => {
      reads += 1;
      if (reads <= most) return whole.read(into, position);
      return Promise.reject(Object.assign(new Error('the disk is gone'), { code: 'EIO' }));
    },
  };
  const check = () => checkSet(source, expected, { scanFinite: true });
  expect((await check()).findings).toEqual([]);
  const all = reads;
  expect(all).toBeGreaterThan(3);
  for (most = 0; most < all; most += 1) {
    reads = 0;
    await expect(check()).rejects.toThrow(/^the disk is gone$/);
  }
});

it('stops with the signal', async () => {
  const options = { scanFinite: true, signal: AbortSignal.abort(new Error('enough')) };
  await expect(checkSet(bytesSource(valid), expected, options)).rejects.toThrow('enough');
});

it('reads nothing of the features but their header without the scan', async () => {
  const zip = makeZip([ids, { ...features, says: { crc32: 1 } }, timestamps]);
  expect((await checkSet(bytesSource(zip), expected, { scanFinite: false })).findings).toEqual([]);
});
