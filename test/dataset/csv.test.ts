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

  describe('reads lines without quotes as it reads the same with one', () => {
    const long = 'x'.repeat(5000);
    it.each([
      ['no line end', '1,a\n2,b'],
      ['Windows line ends', '1,a\r\n2,b\r\n'],
      ['line ends of an old Macintosh', '1,a\r2,b\r'],
      ['all of them', '1,a\r\n2,b\r3,c\n\r4,d\n'],
      ['blank lines', '\n\n1,a\n\r\n\n2,b\n\n'],
      ['spaces and empty fields', ' 1 ,\n,\n , \n'],
      ['characters of several bytes', `1,é\n2,😀\n${'3,ä€\n'.repeat(200_000)}`],
      ['long lines', `1,a\n2,${long}\n3,c\n`],
      ['a long end', `1,a\n2,${long}`],
      ['a quote far down', `${'1,a\n'.repeat(200_000)}2,"b\nb"\n3,c\n`],
      ['nothing', ''],
    ])('%s', async (_, content) => {
      const path = join(await temporaryFolder(), 'a.csv');
      const rowsOf = async (header: string) => {
        await writeFile(path, `${header}\n${content}`);
        const rows: unknown[] = [];
        await readCsv(path, ['id'], ({ fields, line }) => rows.push([line, ...fields]));
        return rows;
      };
      expect(await rowsOf('id,text')).toEqual(await rowsOf('"id",text'));
      expect(await rowsOf('\ufeffid,text')).toEqual(await rowsOf('\ufeff"id",text'));
    });
  });

  it('says the same of a fault, with a quote in the file and without', async () => {
    for (const fault of ['1,2\n', '1\n\ufffd\n', `1\n${'x'.repeat(70_000)}\n`]) {
      expect((await refused(`id\n${fault}`)).said).toBe((await refused(`"id"\n${fault}`)).said);
    }
  });
});
