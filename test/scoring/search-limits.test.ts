import { expect, it } from 'vitest';
import { type ScoringSize, scoringLimits } from '../../src/scoring/search-limits.ts';

const mebibyte = 2 ** 20;
const size = (
  [query, reference, subset]: [number, number, number],
  queryVideos: number,
  cores = 2,
): ScoringSize => ({
  vectors: { query, reference, subset },
  queryVideos,
  maxDimensions: 512,
  cores,
  hasGpu: false,
});

/** What valid sets were seen to need, in a container that had no limits: MiB, and seconds on two cores. */
it.each([
  ['the quickstart of 30 and 40 videos', size([720, 960, 720], 30), 61, 1],
  ['stored, of 256 dimensions', size([19_992, 96_000, 19_992], 833), 247, 61],
  ['compressed, of 256 dimensions', size([19_992, 96_000, 19_992], 833), 369, 53],
  ['compressed, of 512 dimensions', size([19_992, 96_000, 19_992], 833), 625, 89],
  ['all vectors alike, ids of 256 bytes', size([19_992, 38_400, 19_992], 833), 417, 8],
])('leaves %s twice what it needs, and more', (_, honest, peak, seconds) => {
  const limits = scoringLimits(honest);
  expect(limits.memoryBytes).toBeGreaterThan(2 * peak * mebibyte);
  expect(limits.seconds).toBeGreaterThan(10 * seconds);
});

it('grows with the sets, and on a machine of many cores', () => {
  const real = scoringLimits(size([200_000, 1_200_000, 20_000], 8000));
  expect(real.memoryBytes).toBeGreaterThan(2 * 1_420_000 * 512 * 4);
  expect(real.memoryBytes).toBeLessThan(9 * 2 ** 30);
  expect(real.diskBytes).toBeGreaterThan(4 * 1_400_000 * 512 * 4);
  const large = scoringLimits(size([200_000, 1_200_000, 20_000], 8000, 64));
  expect((large.memoryBytes ?? 0) - (real.memoryBytes ?? 0)).toBe(62 * 256 * mebibyte);
});

it('leaves room for what a GPU takes of the machine', () => {
  const before = size([9000, 9000, 900], 400);
  const [without, with_] = [before, { ...before, hasGpu: true }].map(scoringLimits);
  expect((with_?.memoryBytes ?? 0) - (without?.memoryBytes ?? 0)).toBe(8 * 2 ** 30);
  expect({ ...with_, memoryBytes: 0 }).toEqual({ ...without, memoryBytes: 0 });
});

it('gives whole numbers that an engine takes', () => {
  const limits = scoringLimits(size([7, 11, 3], 1, 3));
  for (const value of Object.values(limits)) expect(Number.isSafeInteger(value)).toBe(true);
});

it.each([
  ['vectors of the subset', { vectors: { query: 9000, reference: 9000, subset: 9000 } }],
  ['vectors of the queries', { vectors: { query: 9900, reference: 9000, subset: 900 } }],
  ['dimensions', { maxDimensions: 1024 }],
  ['queries', { queryVideos: 5000 }],
])('leaves more memory to more %s', (_, change) => {
  const before = size([9000, 9000, 900], 400);
  const more = scoringLimits({ ...before, ...change });
  expect(more.memoryBytes).toBeGreaterThan(scoringLimits(before).memoryBytes ?? 0);
});

it('gives the largest sets hours, not years', () => {
  const hours = (scoringLimits(size([200_000, 1_200_000, 20_000], 8000)).seconds ?? 0) / 3600;
  expect(hours).toBeGreaterThan(24);
  expect(hours).toBeLessThan(24 * 7);
});
