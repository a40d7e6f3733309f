import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create, Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, SubmissionFailed } from '../../src/errors.ts';
import { rankingMetric } from '../../src/scoring/ranking-metric.ts';
import { readResults } from '../../src/scoring/result-archive.ts';
import { folderWith } from '../support/folder.ts';

const header = 'query_id,ref_id,score\n';

const archiveOf = async (files: Record<string, string>) => {
  const cwd = await folderWith(files);
  const file = join(cwd, 'submission.tar.gz');
  await create({ cwd, file, gzip: true }, Object.keys(files));
  return file;
};

/** Rankings that don't compress well. */
const noise = (rows: number) =>
  Array.from({ length: rows }, (_, at) => `Q${at},R${(at * 7919) % 100_003},${rows - at}\n`).join(
    '',
  );

const read = async (file: string, signal?: AbortSignal) => {
  const { full, subset } = await readResults(file, rankingMetric, signal);
  return { full: full.length, subset: subset.length };
};

describe('the results of a run', () => {
  it('counts the pairs of both rankings', async () => {
    const file = await archiveOf({
      'full_rankings.csv': `${header}Q1,R1,0.5\nQ1,R2,-3e-05\n`,
      'subset_rankings.csv': header,
    });
    expect(await read(file)).toEqual({ full: 2, subset: 0 });
  });

  it('passes over other files in it', async () => {
    const file = await archiveOf({
      'notes.txt': 'no rankings',
      'full_rankings.csv': header,
      'subset_rankings.csv': header,
      'more/full_rankings.csv': 'none either',
    });
    expect(await read(file)).toEqual({ full: 0, subset: 0 });
  });

  it('blames the submission for what is missing, in a sentence', async () => {
    const file = await archiveOf({ 'full_rankings.csv': header });
    await expect(read(file)).rejects.toThrow(
      new SubmissionFailed(`${file} has no subset_rankings.csv.`, [], { reason: 'broken-results' }),
    );
  });

  it.each([
    [{ 'full_rankings.csv': header }, 'has no subset_rankings.csv'],
    [
      { 'full_rankings.csv': 'a,b\n', 'subset_rankings.csv': header },
      'full_rankings.csv, line 1: the columns',
    ],
    [
      { 'full_rankings.csv': `${header}Q1,R1,nan\n`, 'subset_rankings.csv': header },
      'line 2: its score is "nan"; scores have to be finite',
    ],
    ...['inf', '-Infinity', '1e999', '-1e400'].map((score): [object, string] => [
      { 'full_rankings.csv': `${header}Q1,R1,${score}\n`, 'subset_rankings.csv': header },
      `line 2: its score is "${score}"; scores have to be finite`,
    ]),
    [
      { 'full_rankings.csv': `${header}Q1,R1\n`, 'subset_rankings.csv': header },
      'line 2: "Q1,R1" is no ranking',
    ],
    [
      { 'full_rankings.csv': `${header}Q1,R1,1\nQ1,R2,2\n`, 'subset_rankings.csv': header },
      'line 3: the scores are not in descending order',
    ],
    [{ 'full_rankings.csv': '', 'subset_rankings.csv': header }, 'full_rankings.csv is empty'],
  ])('%j: %s', async (files, message) => {
    const failed = await read(await archiveOf(files as Record<string, string>)).catch(
      (e: unknown) => e,
    );
    expect(failed).toBeInstanceOf(SubmissionFailed);
    expect((failed as Error).message).toContain(message);
  });

  it('refuses the same rankings twice', async () => {
    const cwd = await folderWith({ 'full_rankings.csv': header });
    const file = join(cwd, 'submission.tar.gz');
    await create({ cwd, file, gzip: true }, ['full_rankings.csv', 'full_rankings.csv']);
    await expect(read(file)).rejects.toThrow('has full_rankings.csv twice');
  });

  /** A small archive with a file of zeros that unpacks to gigabytes. */
  const bomb = async () => {
    const pieces = 140;
    const piece = Buffer.alloc(16 * 2 ** 20);
    const file = new Header({ path: 'filler', type: 'File', size: pieces * piece.length });
    file.encode();
    const packed = gzipSync(piece, { level: 1 });
    const parts = [gzipSync(file.block ?? Buffer.alloc(0)), ...Array(pieces).fill(packed)];
    return join(
      await folderWith({ 'submission.tar.gz': Buffer.concat(parts) }),
      'submission.tar.gz',
    );
  };

  it('reads no more of it than rankings may have', async () => {
    await expect(read(await bomb())).rejects.toThrow('it unpacks to more than 2 GB');
  });

  it('hears an interrupt in the middle of it', async () => {
    const interruption = new AbortController();
    const reading = read(await bomb(), interruption.signal);
    setTimeout(() => interruption.abort(new Error('enough')), 20);
    await expect(reading).rejects.toThrow('enough');
  });

  it('has no more pairs than a million', async () => {
    const rows = Array.from({ length: 1_000_001 }, (_, at) => `Q${at},R1,1\n`).join('');
    const files = { 'full_rankings.csv': header + rows, 'subset_rankings.csv': header };
    await expect(read(await archiveOf(files))).rejects.toThrow('more than 1000000');
  });

  it('says so when it is cut off', async () => {
    const file = await archiveOf({
      'full_rankings.csv': header + noise(20_000),
      'subset_rankings.csv': header,
    });
    await truncate(file, 40_000);
    await expect(read(file)).rejects.toThrow(SubmissionFailed);
    await expect(read(file)).rejects.toThrow(`${file} can't be read: `);
  });

  it('says so when it is no archive or not there', async () => {
    const folder = await folderWith({ 'submission.tar.gz': 'no archive at all' });
    const wrong = read(join(folder, 'submission.tar.gz'));
    await expect(wrong).rejects.toThrow(SubmissionFailed);
    await expect(wrong).rejects.toThrow(/submission\.tar\.gz can't be read: .+\.$/);
    const none = await read(join(folder, 'none.tar.gz')).catch((e: unknown) => e);
    expect(none).toBeInstanceOf(EnvironmentError);
    expect((none as Error).message).toMatch(/no results at .*none\.tar\.gz/);
    expect((none as EnvironmentError).next.join()).toContain('vsc test-submission');
  });
});
