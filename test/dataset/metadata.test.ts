import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { maxDescriptors, readMetadata, readQuerySubset } from '../../src/dataset/metadata.ts';
import { EnvironmentError } from '../../src/errors.ts';
import { failure, metadataCsv, temporaryFolder } from './support.ts';

const head = 'video_id,duration_sec\n';

async function file(content: string | Buffer): Promise<string> {
  const path = join(await temporaryFolder(), 'query_metadata.csv');
  await writeFile(path, content);
  return path;
}

describe('readMetadata', () => {
  it('keeps ids and durations in file order', async () => {
    const path = await file(`${head}Q100002,11.912\nQ100001,46.047\n`);
    const metadata = await readMetadata(path, 'query');
    expect(metadata.path).toBe(path);
    expect([...metadata.durations]).toEqual([
      ['Q100002', 11.912],
      ['Q100001', 46.047],
    ]);
  });

  it.each([
    ['a byte order mark', `\uFEFF${head}Q100001,1.5\n`],
    ['CRLF and no end of line at the end', 'video_id,duration_sec\r\nQ100001,1.5'],
    ['old Macintosh line ends', 'video_id,duration_sec\rQ100001,1.5\r'],
    ['quotes', '"video_id","duration_sec"\n"Q100001","1.5"\n'],
    ['quotes after a byte order mark', '\uFEFF"video_id",duration_sec\nQ100001,1.5\n'],
    [
      'other columns, in another order',
      'rn,duration_sec,"a,\nb",video_id\n1,1.5,"x ""y""",Q100001\n',
    ],
    ['blank lines', `\n${head}\nQ100001,1.5\n\n`],
    ['an exponent', `${head}Q100001,15e-1\n`],
    ['blanks around a number', `${head}Q100001, 1.5 \n`],
  ])('reads a file with %s', async (_, content) => {
    expect([...(await readMetadata(await file(content))).durations]).toEqual([['Q100001', 1.5]]);
  });

  it.each([
    [
      'a missing column',
      'video_id,length\nQ100001,1\n',
      1,
      'no column duration_sec, only "video_id", "length"',
    ],
    [
      'semicolons',
      'video_id;duration_sec\nQ100001;1\n',
      1,
      'no column video_id, only "video_id;duration_sec"',
    ],
    ['a column twice', 'video_id,duration_sec,video_id\n', 1, 'column video_id is there twice'],
    ['an empty id', `${head}Q100001,1\n,2\n`, 3, 'video_id is empty'],
    ['a wrong id', `${head}../../x,1\n`, 2, 'video_id is "../../x", not Q and six digits'],
    ['an id of the other side', `${head}R100001,1\n`, 2, 'video_id is "R100001", not Q and'],
    ['a duration in words', `${head}Q100001,long\n`, 2, 'duration_sec is "long", not a finite'],
    ['an infinite duration', `${head}Q100001,inf\n`, 2, 'duration_sec is "inf"'],
    ['an overflowing duration', `${head}Q100001,1e999\n`, 2, 'duration_sec is "1e999"'],
    ['a hexadecimal duration', `${head}Q100001,0x10\n`, 2, 'duration_sec is "0x10"'],
    ['a negative duration', `${head}\nQ100001,-1\n`, 3, 'duration_sec is "-1"'],
    ['no duration', `${head}Q100001,\n`, 2, 'duration_sec is empty'],
    [
      'an id twice',
      `${head}Q100001,1\nQ100002,1\nQ100001,2\n`,
      4,
      'Q100001 is listed a second time',
    ],
    ['too many fields', `${head}Q100001,1,2\n`, 2, 'the row has 3 fields, the header 2'],
    ['too few fields', `${head}Q100001,1\nQ100002\n`, 3, 'the row has 1 fields, the header 2'],
    ['no videos', head, 2, 'no videos are listed'],
    ['nothing', '', 1, 'the file is empty, not even a header'],
    [
      'an open quote',
      `${head}Q100001,1\n"Q100002,1\nQ100003,1\n`,
      3,
      'a quote is opened and never',
    ],
    ['a stray quote', `${head}Q100001,1\nQ1"2,1\n`, 3, 'a quote inside a field'],
    ['text after a quote', `${head}"Q100001"x,1\n`, 2, 'text after a closing quote'],
    ['an endless row', `${head}Q100001,${'1'.repeat(70_000)}\n`, 2, 'the row is endless'],
  ])('names file and line of %s', async (_, content, line, what) => {
    const path = await file(content);
    const error = await failure(readMetadata(path, 'query'));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toContain(`${path}, line ${line}: `);
    expect(error.message).toContain(what);
    expect(error.next).not.toEqual([]);
  });

  it.each([
    ['query', 'R100001', 'not Q and six digits'],
    ['reference', 'Q100001', 'not R and six digits'],
    [undefined, 'X100001', 'not Q or R and six digits'],
  ] as const)('of %s refuses %s', async (kind, id, what) => {
    const { message } = await failure(readMetadata(await file(`${head}${id},1\n`), kind));
    expect(message).toContain(`line 2: video_id is "${id}", ${what}.`);
  });

  it('takes a video of no length', async () => {
    const { durations } = await readMetadata(await file(`${head}Q100001,0\n`));
    expect(durations.get('Q100001')).toBe(0);
  });

  it.each([
    ['Latin-1', Buffer.from(`${head}Q100001,1\nQ10000\xe9,1\n`, 'latin1'), 3],
    ['UTF-16', Buffer.from(`\uFEFF${head}Q100001,1\n`, 'utf16le'), 1],
    ['a zip', Buffer.from('504b0304ff00fe', 'hex'), 1],
  ])('refuses %s', async (_, content, line) => {
    const path = await file(content);
    const { message } = await failure(readMetadata(path));
    expect(message).toContain(`${path}, line ${line}: not UTF-8 text`);
  });

  it('counts lines of a large file with mixed line ends, wherever it is cut for reading', async () => {
    for (let shift = 0; shift < 11; shift++) {
      const rows = Array.from({ length: 7_000 }, (_, i) => {
        return `Q${100001 + i},1${i < 6_500 ? '\r\n' : '\n'}`;
      });
      const header = `video_id,duration_sec\nQ100000,${'0'.repeat(shift)}1\n`;
      const path = await file(`${header}${rows.join('')}Q900000,?`);
      expect((await failure(readMetadata(path))).message).toContain(`${path}, line 7003: `);
    }
  });

  it('says what is wrong with a path that is no file', async () => {
    const folder = await temporaryFolder();
    const absent = join(folder, 'absent.csv');
    const error = await failure(readMetadata(absent));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toBe(`Could not read ${absent}: no such file (ENOENT).`);
    await mkdir(absent);
    expect((await failure(readMetadata(absent))).message).toContain('is a folder, where a file');
  });

  it('reads the 40,000 rows of a whole reference set', async () => {
    const ids = Array.from({ length: 40_000 }, (_, index) => `R${100001 + index}`);
    const { durations } = await readMetadata(await file(metadataCsv(ids)), 'reference');
    expect(durations.size).toBe(40_000);
    expect(durations.get('R140000')).toBe(10 + 39_999 / 8);
  });
});

describe('readQuerySubset', () => {
  it('reads the ids', async () => {
    const ids = await readQuerySubset(await file('video_id\nQ100009\nQ100018\n'));
    expect(ids).toEqual(['Q100009', 'Q100018']);
  });

  it.each([
    ['video_id\n', 2, 'no videos'],
    ['Q100001\n', 1, 'no column video_id'],
    ['video_id\nR100001\n', 2, 'not Q and six digits'],
    ['video_id\nQ100001\nQ100001\n', 3, 'second time'],
  ])('refuses %j', async (content, line, what) => {
    const { message } = await failure(readQuerySubset(await file(content)));
    expect(message).toContain(`line ${line}: `);
    expect(message).toContain(what);
  });
});

describe('maxDescriptors', () => {
  const durations = new Map([
    ['Q100001', 10.001],
    ['Q100002', 10],
    ['Q100003', 0],
  ]);

  it('adds up the seconds, each video’s rounded up', () => {
    expect(maxDescriptors(durations)).toBe(21);
  });

  it('counts only the videos asked for, and unlisted ones as nothing', () => {
    expect(maxDescriptors(durations, ['Q100002', 'Q999999'])).toBe(10);
    expect(maxDescriptors(durations, [])).toBe(0);
  });
});
