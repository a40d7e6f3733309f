import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { InvalidSubmission } from '../../src/errors.ts';
import { countValidMatches, mergeMatches } from '../../src/matches/shards.ts';
import { folderWith } from '../support/folder.ts';

const header = 'query_id,ref_id,query_start,query_end,ref_start,ref_end,score';
const { signal } = new AbortController();

it('the matches of shards become one file: one header, rows in their order, plain lines', async () => {
  const folder = await folderWith({
    'a.csv': `\uFEFF"query_id",${header.slice(9)}\r\nQ1,R1,0,1,2,3,1\r\n\r\nQ1,R2,0,1,2,3,"0.50"`,
    'b.csv': `${header}\n`,
    'c.csv': `${header}\nQ3,R1, 0,1e0,2,3,-1\n`,
  });
  const shards = ['a', 'b', 'c'].map((name) => ({ path: join(folder, `${name}.csv`) }));
  const path = join(folder, 'full_matches.csv');
  await mergeMatches(path, shards, signal);
  expect(await readFile(path, 'utf8')).toBe(
    `${header}\nQ1,R1,0,1,2,3,1\nQ1,R2,0,1,2,3,0.50\nQ3,R1, 0,1e0,2,3,-1\n`,
  );
});

it('those of a shard have to be valid, and of its queries', async () => {
  const folder = await folderWith({
    'good.csv': `${header}\nQ1,R1,0,1,2,3,1\nQ1,R1,0,0,2,3,1\n`,
    'other.csv': `${header}\nQ1,R1,0,1,2,3,1\nQ2,R1,0,1,2,3,1\n`,
  });
  const expected = {
    file: 'subset_matches.csv',
    queries: new Map([['Q1', 9]]),
    references: new Map([['R1', 9]]),
    querySource: 'the shard',
    referenceSource: 'reference_metadata.csv',
  };
  expect(await countValidMatches(join(folder, 'good.csv'), expected, signal)).toBe(2);
  const refused = countValidMatches(join(folder, 'other.csv'), expected, signal);
  await expect(refused).rejects.toThrow(InvalidSubmission);
  await expect(refused).rejects.toThrow(/line 3, query_id.*"Q2".*the shard/);
});
