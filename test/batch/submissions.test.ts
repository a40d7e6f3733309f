import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSubmissions } from '../../src/batch/submissions.ts';
import { folderWith } from '../support/folder.ts';
import { quiet, recorder } from '../support/recorder.ts';
import { digest } from '../support/snapshot.ts';

const readIn = async (folder: string) => {
  const { reporter, events } = recorder();
  const memory = join(folder, 'memory.json');
  return {
    submissions: await readSubmissions(folder, memory, { reporter, signal: quiet }),
    events,
  };
};

it('takes the zips of a folder, and gives each a folder that is no other’s on any system', async () => {
  const folder = await folderWith({
    'b.zip': '1',
    'A team.ZIP': '2',
    'Same.zip': '3',
    'same.zip': '4',
    '..zip': '5',
    '.hidden.zip': '6',
    'notes.txt': '7',
    'folder.zip/inside': '8',
    [`${'x'.repeat(200)}.zip`]: '8',
  });
  const { submissions } = await readIn(folder);
  expect(submissions.map(({ name }) => name)).toEqual([
    ...['A team', 'Same', 'b', 'same', 'x'.repeat(200)],
  ]);
  const folders = submissions.map((submission) => submission.folder);
  expect(new Set(folders.map((name) => name.toLowerCase())).size).toBe(folders.length);
  expect(folders[2]).toBe('b');
  for (const name of folders) expect(name).toMatch(/^[A-Za-z0-9][\w.~-]{0,60}$/);
  expect(submissions[2]).toMatchObject({ bytes: 1, sha256: digest(Buffer.from('1')) });
});

it('reads a zip again only where it may be another', async () => {
  const folder = await folderWith({ 'a.zip': 'one' });
  const path = join(folder, 'a.zip');
  const [first] = (await readIn(folder)).submissions;
  expect(first?.sha256).toBe(digest(Buffer.from('one')));
  await writeFile(path, 'two');
  await utimes(path, 1, 1);
  expect((await readIn(folder)).submissions[0]?.sha256).toBe(digest(Buffer.from('two')));
});

it('remembers what it has read when it is interrupted', async () => {
  const folder = await folderWith({ 'a.zip': 'one', 'b.zip': 'two' });
  const memory = join(folder, 'memory.json');
  const interruption = new AbortController();
  const reporter = { report: () => interruption.abort(new Error('enough')), async output() {} };
  const reading = readSubmissions(folder, memory, { reporter, signal: interruption.signal });
  await expect(reading).rejects.toThrow();
  const { digests } = JSON.parse(await readFile(memory, 'utf8'));
  expect(Object.keys(digests)).toEqual([join(folder, 'a.zip')]);
  expect((await readIn(folder)).submissions).toHaveLength(2);
});
