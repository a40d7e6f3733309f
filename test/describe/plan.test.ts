import { describe, expect, it } from 'vitest';
import { planShards, secondsOf, type Video } from '../../src/describe/plan.ts';

const videos = (letter: string, seconds: readonly number[]): Video[] =>
  seconds.map((each, at) => ({ id: `${letter}${100_001 + at}`, seconds: each, bytes: 1 }));
const all = (count: number) => Array.from({ length: count }, (_, at) => 10 + (at % 7));
const two = { query: videos('Q', all(30)), reference: videos('R', all(90)) };

const names = (shards: ReturnType<typeof planShards>) => shards.map(({ name }) => name);
const ids = (shards: ReturnType<typeof planShards>, kind: string) =>
  shards
    .filter((shard) => shard.kind === kind)
    .flatMap((shard) => shard.videos.map(({ id }) => id));

describe('a plan of shards', () => {
  it('has a hundred videos in each at most, unless a number is asked for', () => {
    expect(names(planShards(two))).toEqual(['query-001', 'reference-001']);
    const many = { query: videos('Q', all(101)), reference: videos('R', all(350)) };
    expect(names(planShards(many))).toEqual([
      ...['query-001', 'query-002'],
      ...['reference-001', 'reference-002', 'reference-003', 'reference-004'],
    ]);
  });

  it.each([2, 3, 8, 40, 1000])('cut into %d has every video once, in order', (count) => {
    const shuffled = { query: two.query.toReversed(), reference: two.reference };
    const shards = planShards(shuffled, count);
    expect(ids(shards, 'query')).toEqual(two.query.map(({ id }) => id));
    expect(ids(shards, 'reference')).toEqual(two.reference.map(({ id }) => id));
    expect(shards.length).toBeLessThanOrEqual(120);
    for (const shard of shards) expect(shard.videos.length).toBeGreaterThan(0);
  });

  it('gives each shard about as many seconds of video, and each kind its share', () => {
    const shards = planShards(two, 8);
    expect(names(shards)).toEqual([
      ...['query-001', 'query-002'],
      ...['reference-001', 'reference-002', 'reference-003'],
      ...['reference-004', 'reference-005', 'reference-006'],
    ]);
    const seconds = shards.map((shard) => secondsOf(shard.videos));
    expect(Math.max(...seconds) - Math.min(...seconds)).toBeLessThan(2 * 16);
  });

  it('has one of each kind at least, and copes with videos of no length', () => {
    expect(names(planShards(two, 1))).toEqual(['query-001', 'reference-001']);
    const empty = { query: videos('Q', [0, 0]), reference: videos('R', [0]) };
    expect(planShards(empty, 3).map(({ videos: own }) => own.length)).toEqual([1, 1, 1]);
  });
});
