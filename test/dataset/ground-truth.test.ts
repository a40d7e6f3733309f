import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { groundTruthOf, readGroundTruth } from '../../src/dataset/ground-truth.ts';
import { failure, temporaryFolder } from './support.ts';

async function file(content: string): Promise<string> {
  const path = join(await temporaryFolder(), 'ground_truth.csv');
  await writeFile(path, content);
  return path;
}

const segments =
  'ref_id,note,query_id\nR100001,"a, ""b""",Q100001\nR100001,2,Q100001\nR100002,3,Q100001\nR100001,4,Q100002\n';

it('counts a pair once however many segments it has', async () => {
  const path = await file(segments);
  const truth = await readGroundTruth(path);
  expect(truth).toEqual({
    path,
    references: new Map([
      ['Q100001', new Set(['R100001', 'R100002'])],
      ['Q100002', new Set(['R100001'])],
    ]),
    pairs: 3,
  });
});

it('may hold no pair at all', async () => {
  expect((await readGroundTruth(await file('query_id,ref_id\n'))).pairs).toBe(0);
});

it('keeps every column of the rows of some queries', async () => {
  const path = await file(segments);
  expect(await groundTruthOf(path, new Set(['Q100001']))).toBe(
    'ref_id,note,query_id\nR100001,"a, ""b""",Q100001\nR100001,2,Q100001\nR100002,3,Q100001\n',
  );
  expect(await groundTruthOf(path, new Set())).toBe('ref_id,note,query_id\n');
});

it.each([
  ['query_id,reference\n', 1, 'no column ref_id'],
  ['query_id,ref_id\nR100001,Q100001\n', 2, 'query_id is "R100001", not Q'],
  ['query_id,ref_id\nQ100001,\n', 2, 'ref_id is empty'],
])('refuses %j', async (content, line, what) => {
  const path = await file(content);
  const { message } = await failure(readGroundTruth(path));
  expect(message).toContain(`${path}, line ${line}: `);
  expect(message).toContain(what);
});
