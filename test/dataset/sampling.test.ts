import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sampleIds, subsetSize } from '../../src/dataset/sampling.ts';
import { queryIds } from './support.ts';

interface OracleCase {
  readonly n: number;
  readonly p: number;
  readonly ids: readonly string[];
}

/** Beside the repository, for those who have it; the values below it stand on their own. */
const oracle = new URL('../../../shared/oracles/subset-sampling.json', import.meta.url);

describe('subsetSize', () => {
  it.each([
    [100, 0.07, 8], // 7.000000000000001 in doubles, so Python says 8 too
    [1000, 0.013, 13],
    [100, 0.29, 29], // 28.999999999999996
    [8295, 0.01, 83],
    [1, 1e-9, 1],
    [7, 1, 7],
    [0, 0.5, 0],
  ])('takes ceil(%d × %d) = %d', (n, proportion, size) => {
    expect(subsetSize(n, proportion)).toBe(size);
  });

  it.each([0, -0.1, 1.01, Number.NaN])('refuses a proportion of %d', (proportion) => {
    expect(() => subsetSize(10, proportion)).toThrow(RangeError);
    expect(() => subsetSize(10, proportion)).toThrow(`The proportion is ${proportion}`);
  });
});

describe('sampleIds', () => {
  it('draws what pandas draws with RandomState(42)', () => {
    expect(sampleIds(queryIds(1), 0.01)).toEqual(['Q100001']);
    expect(sampleIds(queryIds(5), 0.5)).toEqual(['Q100002', 'Q100003', 'Q100005']);
    expect(sampleIds(queryIds(100), 0.01)).toEqual(['Q100084']);
    expect(sampleIds(queryIds(99), 0.1).join(' ')).toBe(
      'Q100001 Q100011 Q100019 Q100041 Q100043 Q100063 Q100065 Q100085 Q100096 Q100098',
    );
    expect(sampleIds(queryIds(8295), 0.01).slice(0, 5).join(' ')).toBe(
      'Q100034 Q100264 Q100292 Q100319 Q100320',
    );
  });

  it('draws by place in the file and returns sorted', () => {
    const backwards = queryIds(100).reverse();
    expect(sampleIds(backwards, 0.01)).toEqual(['Q100017']);
    expect(sampleIds(backwards, 1)).toEqual(queryIds(100));
  });

  it.skipIf(!existsSync(oracle))(
    `agrees with all of ${oracle.pathname} (skipped where that is absent)`,
    () => {
      const cases: readonly OracleCase[] = JSON.parse(readFileSync(oracle, 'utf8'));
      expect(cases.length).toBeGreaterThan(5);
      for (const { n, p, ids } of cases) expect(sampleIds(queryIds(n), p)).toEqual(ids);
    },
  );
});
