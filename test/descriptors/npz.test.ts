import { describe, expect, it } from 'vitest';
import { checkSet } from '../../src/descriptors/validate.ts';
import type { Finding } from '../../src/errors.ts';
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
    ['a size that lies', { ...features, says: { size: 5 } }],
    ['a huge size', { ...features, says: { size: 0xfffffffe, packedSize: 0xfffffffe } }],
    ['a packed size that lies', { ...features, deflate: true, says: { packedSize: 5 } }],
    ['an unpacked size that is too small', { ...features, deflate: true, says: { size: 5 } }],
    ['an unpacked size that is too large', { ...features, deflate: true, says: { size: 5000 } }],
    ['a wrong checksum', { ...features, says: { crc32: 5 } }],
    ['a wrong checksum, deflated', { ...features, deflate: true, says: { crc32: 5 } }],
    ['encryption', { ...features, encrypted: true }],
    ['another method', { ...features, method: 14 }],
    ['no deflate data', { ...features, method: 8 }],
    ['a place that is none', { ...features, says: { offset: 3 } }],
    ['a place beyond the end', { ...features, says: { offset: 1e9 } }],
    ['no array in it', { ...features, data: Buffer.from('hello') }],
    [
      'more data than its header says',
      { ...features, data: makeNpy('<f4', [1, 2], Buffer.alloc(9)) },
    ],
    [
      'less data than its header says',
      { ...features, data: makeNpy('<f4', [1, 9], Buffer.alloc(8)) },
    ],
    [
      'a header of a gigabyte',
      { ...features, data: makeNpyWithHeader(' '.repeat(2 ** 20), Buffer.alloc(0), 2) },
    ],
  ])('is unreadable with %s', async (_what, entry) => {
    const findings = await checkEntries(ids, entry, timestamps);
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) expect(finding).toMatch(/^unreadable: ./);
  });

  it('is unreadable with an array twice', async () => {
    expect(await checkEntries(ids, features, ids, timestamps)).toEqual([
      expect.stringMatching(/^unreadable: It holds "?video_ids(\.npy)?"? more than once\.$/),
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

  it('tells what it is instead', async () => {
    expect(await check(features.data)).toEqual([expect.stringContaining('single .npy array')]);
    expect(await check(Buffer.from('\x80\x04K\x01.', 'latin1'))).toEqual([
      expect.stringContaining('pickle'),
    ]);
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

it('a bomb ends in a verdict within bounds of time and memory', { timeout: 20_000 }, async () => {
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

it('stops with the signal', async () => {
  const options = { scanFinite: true, signal: AbortSignal.abort(new Error('enough')) };
  await expect(checkSet(bytesSource(valid), expected, options)).rejects.toThrow('enough');
});

it('reads nothing of the features but their header without the scan', async () => {
  const zip = makeZip([ids, { ...features, says: { crc32: 1 } }, timestamps]);
  expect((await checkSet(bytesSource(zip), expected, { scanFinite: false })).findings).toEqual([]);
});
