import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../src/dataset/csv.ts';
import { EnvironmentError } from '../../src/errors.ts';
import { failure, temporaryFolder } from './support.ts';

const nothing = () => {};

/** What reading a file of this content fails with, and what it says after the file's path. */
async function refused(content: string | Buffer, onRow: () => void = nothing) {
  const path = join(await temporaryFolder(), 'a.csv');
  await writeFile(path, content);
  const error = await failure(readCsv(path, ['id'], onRow));
  return { error, said: error.message.replace(path, '') };
}

describe('readCsv', () => {
  it('says what to do about a fault, and in which line it is, from the first on', async () => {
    const { error, said } = await refused('"id\n1\n');
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(said).toBe(', line 1: a quote is opened and never closed.');
    expect(error.next).toEqual(['Mend that line, or fetch the file again.']);
  });

  it('names a dozen columns at most where one is missing', async () => {
    const { said } = await refused(Array.from({ length: 30 }, (_, at) => `c${at}`).join());
    expect(said).toMatch(/^, line 1: there is no column id, only "c0", .*"c10", "c11"\.$/);
  });

  it('tells UTF-16 by its first two bytes only', async () => {
    const utf16 = ', line 1: not UTF-8 text but UTF-16.';
    expect((await refused(Buffer.from('\ufeffid\n', 'utf16le'))).said).toBe(utf16);
    for (const bytes of ['ff6964', '69fe']) {
      expect((await refused(Buffer.from(bytes, 'hex'))).said).toMatch(
        /^, line 1: not UTF-8 text \(/,
      );
    }
    const rows = `id\n${'1234567\n'.repeat(2 ** 13)}`.slice(0, 2 ** 16);
    const later = Buffer.concat([Buffer.from(rows), Buffer.from('fffe', 'hex')]);
    expect((await refused(later)).said).toMatch(/^, line 8193: not UTF-8 text \(/);
  });

  it('passes on what the reader of the rows throws', async () => {
    const bug = new TypeError('x is not a function');
    const { error } = await refused('id\n1\n', () => {
      throw bug;
    });
    expect(error).toBe(bug);
  });
});
