import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { NpzFile } from '../../src/descriptors/npz.ts';
import { checkSet } from '../../src/descriptors/validate.ts';
import { bytesSource, floatsNpy, idsNpy, makeNpy, makeZip, type TestEntry } from './support.ts';

const ids = (...names: readonly string[]) => ({ name: 'video_ids.npy', data: idsNpy(names) });
const times = (count: number): TestEntry => {
  return { name: 'timestamps.npy', data: makeNpy('<f8', [count], Buffer.alloc(8 * count)) };
};
const features = (rows: number, columns: number, last = 0) => {
  const data = floatsNpy(Array.from({ length: rows }, () => Array(columns).fill(0)));
  data.writeFloatLE(last, data.length - 4);
  return { name: 'features.npy', data };
};

/** What is found where each video may have `seconds` vectors. */
async function findings(npz: NpzFile, seconds = 1, scanFinite = true) {
  const durations = new Map([['Q100001', seconds]]);
  const set = { file: 'x.npz', kind: 'query', durations, source: 'metadata' } as const;
  return (await checkSet(npz, set, { scanFinite })).findings;
}
const check = (entries: readonly TestEntry[], ...how: [number?, boolean?]) =>
  findings(bytesSource(makeZip(entries)), ...how);
const rules = (found: Awaited<ReturnType<typeof findings>>) => found.map(({ rule }) => rule);
const messages = (found: Awaited<ReturnType<typeof findings>>) =>
  found.map(({ message }) => message);

describe('an array', () => {
  it.each([
    [9, '137', '136'],
    [7, '135', '136'],
  ])('of %i bytes that should be 8 is unreadable', async (bytes, found, needed) => {
    const data = makeNpy('<f8', [1], Buffer.alloc(bytes));
    const entries = [ids('Q100001'), features(1, 2), { name: 'timestamps.npy', data }];
    expect(messages(await check(entries))).toEqual([
      `timestamps can't be read: it is ${found} bytes long, but its header calls for ${needed}.`,
    ]);
  });

  it.each([
    ['a megabyte, however few videos there are', 1, 2 ** 17, []],
    [
      'no more than that',
      1,
      2 ** 17 + 1,
      ["timestamps can't be read: it has 1,048,584 bytes, too many for a value for each vector."],
    ],
    ['256 bytes for each vector that there may be', 5_000, 160_000, []],
    [
      'no more than these',
      5_000,
      160_001,
      ["timestamps can't be read: it has 1,280,008 bytes, too many for a value for each vector."],
    ],
  ])('of times may take %s', async (_, seconds, count, unreadable) => {
    const found = messages(await check([ids('Q100001'), features(1, 2), times(count)], seconds));
    expect(found.filter((message) => message.includes("can't be read"))).toEqual(unreadable);
  });

  it('may take a gigabyte where nobody knows how many vectors there may be', async () => {
    const found = async (count: number) => {
      const data = makeNpy('<f8', [count], Buffer.alloc(2 ** 20));
      const size = 128 + 8 * count;
      const large = { name: 'timestamps.npy', data, deflate: true, says: { size } };
      const entries = [ids('Q100001'), features(1, 2), large];
      return messages(await check(entries, Number.POSITIVE_INFINITY));
    };
    expect(await found(2 ** 27 + 1)).toContain(
      "timestamps can't be read: it has 1,073,741,832 bytes, too many for a value for each vector.",
    );
    expect((await found(2 ** 27)).join()).not.toContain('too many');
  });

  it.each(['video_ids', 'features', 'timestamps'])('of no %s has a checksum too', async (name) => {
    const none = [ids(), { name: 'features.npy', data: makeNpy('<f4', [0, 2], Buffer.alloc(0)) }];
    const entries = [...none, times(0)].map((entry) =>
      entry.name === `${name}.npy` ? { ...entry, says: { crc32: 1 } } : entry,
    );
    expect(messages(await check(entries))[0]).toBe(
      `${name} can't be read: Its checksum (CRC-32) is wrong: the data was damaged.`,
    );
  });

  it('of ids may not take a megabyte each', async () => {
    const data = makeNpy('|S1048577', [0], Buffer.alloc(0));
    const entries = [{ name: 'video_ids.npy', data }, features(1, 2), times(1)];
    expect(messages(await check(entries))).toContain(
      "video_ids can't be read: it has 1,048,577 bytes for each vector, which are far too many.",
    );
  });
});

describe('a set of far too many', () => {
  it.each([
    [2, ['too-many-vectors', 'ids-not-sorted', 'not-finite']],
    [3, ['too-many-vectors']],
  ])('vectors is not looked at further: %i of 1', async (count, expected) => {
    const names = ['Q100001', ...Array(count - 1).fill('Q100000')];
    const entries = [ids(...names), features(count, 2, Number.NaN), times(count)];
    expect(rules(await check(entries)).filter((rule) => rule !== 'unknown-video')).toEqual(
      expected,
    );
  });

  it.each([
    [1_024, ['too-many-dimensions', 'not-finite']],
    [1_025, ['too-many-dimensions']],
  ])('dimensions is not looked at further: %i of 512', async (columns, expected) => {
    const entries = [ids('Q100001'), features(1, columns, Number.NaN), times(1)];
    expect(rules(await check(entries))).toEqual(expected);
  });

  it('is still held to the checksum of its file', async () => {
    const whole = makeZip([ids('Q100001'), features(1, 1_025), times(1)]);
    const sum = crc32(whole);
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(1, whole.indexOf('timestamps.npy') - 40); // in the last of the features
    const found = async (bytes: Buffer) =>
      messages(await findings({ ...bytesSource(bytes), crc32: sum }));
    const tooMany = 'its vectors have 1,025 dimensions; allowed are 512';
    expect(await found(whole)).toEqual([tooMany]);
    expect(await found(damaged)).toEqual([
      'Its checksum (CRC-32) is wrong: the data was damaged.',
      tooMany,
    ]);
  });
});

it('features that no scan knows are not looked at', async () => {
  const bytes = Buffer.alloc(32, 0xff);
  for (const [descr, shape] of [
    ['<i4', [2, 4]],
    ['<f4', [2, 2, 2]],
  ] as const) {
    const entry = { name: 'features.npy', data: makeNpy(descr, shape, bytes) };
    const found = rules(await check([ids('Q100001', 'Q100001'), entry, times(2)], 2));
    expect(found).not.toContain('not-finite');
    expect(found).toHaveLength(1);
  }
});

it('without the scan only the ids are read, and what headers tell', async () => {
  const broken = { says: { crc32: 1 } };
  const nan = { ...features(1, 2, Number.NaN), ...broken };
  const late = { ...times(1), ...broken };
  expect(rules(await check([ids('Q100001'), nan, late], 1, false))).toEqual([]);
  expect(rules(await check([ids('Q200001'), nan, late], 1, false))).toEqual(['unknown-video']);
  expect(rules(await check([ids('Q100001'), nan, late]))).toEqual(['unreadable', 'unreadable']);
});
