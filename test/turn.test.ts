import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preflight } from '../src/preflight/preflight.ts';
import { scoreRankings } from '../src/scoring/ranking-metric.ts';
import { RankingTableBuilder } from '../src/scoring/ranking-table.ts';
import { descriptorTrack } from '../src/tracks/descriptor.ts';
import { makeNpy, makeSet, makeZip, type TestEntry } from './descriptors/support.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vsc-turn-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** In milliseconds: how long work takes, and how long at most nothing else is done meanwhile. */
async function timesOf(work: () => Promise<unknown>) {
  const began = performance.now();
  let [seen, longest] = [began, 0];
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - seen);
    seen = now;
  };
  const ticks = setInterval(look, 1);
  await work();
  look();
  clearInterval(ticks);
  return { took: seen - began, longest };
}

/** The event loop turns while it is at work, however loaded the machine is. */
async function expectTurns(work: () => Promise<unknown>): Promise<void> {
  await work(); // compiled
  const { took, longest } = await timesOf(work);
  expect(longest).toBeLessThan(Math.max(took / 2, 100));
}

const empty = Buffer.alloc(0);
const many = <T>(count: number, of: (at: number) => T) =>
  Array.from({ length: count }, (_, at) => of(at));
const ids = (letter: string, count: number) =>
  new Map(many(count, (at) => [`${letter}${100_000 + at}`, 25]));
const set = (ids: Buffer) =>
  makeZip([
    { name: 'video_ids.npy', data: ids, deflate: true },
    { name: 'features.npy', data: makeNpy('<f4', [1, 1], Buffer.alloc(4)) },
    { name: 'timestamps.npy', data: makeNpy('<f8', [1], Buffer.alloc(8)) },
  ]);
const wide = 40_000_000;

describe('an interrupt is heard in the midst of', () => {
  it.each<[string, () => readonly TestEntry[]]>([
    ['many names', () => many(60_000, (at) => ({ name: at.toString(36), data: empty }))],
    ['deep names', () => many(120, (at) => ({ name: `${'a/'.repeat(32_000)}${at}`, data: empty }))],
    [
      'an id as long as a list',
      () => [
        {
          name: 'reference_descriptors.npz',
          data: set(makeNpy(`<U${wide / 4}`, [1], Buffer.alloc(wide, 'Q\0\0\0'))),
        },
      ],
    ],
  ])('%s', async (_, entries) => {
    const path = join(folder, 'submission.zip');
    const sets = [{ name: 'query_descriptors.npz', data: makeSet(['Q100000']) }];
    const given = entries();
    await writeFile(
      path,
      makeZip([...given, ...sets.filter(({ name }) => given[0]?.name !== name)]),
    );
    const facts = {
      form: descriptorTrack.submission,
      queryDurations: ids('Q', 8_000),
      referenceDurations: ids('R', 40_000),
      phase2: false,
      freeBytes: 1e12,
      scanFinite: true,
    };
    await expectTurns(() => preflight(path, facts));
  });

  it('the score of rankings, be they all true', async () => {
    const builder = new RankingTableBuilder((what) => new Error(what), Number.POSITIVE_INFINITY);
    const references = new Map<string, Set<string>>();
    for (const at of many(16_000, (index) => index)) {
      const query = `Q${at % 8_000}`;
      builder.add(query, `R${at}`, -at);
      references.set(query, (references.get(query) ?? new Set()).add(`R${at}`));
    }
    const table = builder.table();
    const truth = { path: 'ground_truth.csv', references, pairs: 16_000 };
    await expectTurns(() => scoreRankings(table, truth));
  });
});
