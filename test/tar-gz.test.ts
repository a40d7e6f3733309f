import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { describe, expect, it } from 'vitest';
import { type ArchivedFile, readTarGz } from '../src/tar-gz.ts';
import { folderWith } from './support/folder.ts';

const files = { 'a.csv': 'one,two\n', 'b.csv': 'three\n' };

async function archive() {
  const cwd = await folderWith(files);
  const file = join(cwd, 'a.tar.gz');
  await create({ cwd, file, gzip: true }, Object.keys(files));
  return file;
}

describe('readTarGz', () => {
  it('tells of each file, and hands its bytes to whoever wants them', async () => {
    const seen: ArchivedFile[] = [];
    let text = '';
    await readTarGz(await archive(), (file) => {
      seen.push(file);
      return file.path === 'b.csv' ? (chunk) => (text += chunk) : undefined;
    });
    expect(seen.map(({ path, type }) => `${path} ${type}`)).toEqual(['a.csv File', 'b.csv File']);
    expect(text).toBe('three\n');
  });

  it.each([
    ['that is told of the files', 'file'],
    ['that gets their bytes', 'chunk'],
  ])('stops at the first fault of one %s', async (_, place) => {
    let asked = 0;
    const fail = () => {
      asked += 1;
      throw new Error(`fault ${asked}`);
    };
    const reading = readTarGz(await archive(), () => (place === 'file' ? fail() : fail));
    await expect(reading).rejects.toThrow('fault 1');
    expect(asked).toBe(1);
  });

  it('refuses an archive that is damaged, however it is', async () => {
    const read = async (path: string) => readTarGz(path, () => undefined);
    const folder = await folderWith({
      text: 'no archive at all',
      'text.gz': gzipSync('no archive at all'.repeat(1_000)),
      'header.gz': gzipSync(Buffer.alloc(2_048, 'x')),
    });
    await expect(read(join(folder, 'text'))).rejects.toThrow('incorrect header check');
    await expect(read(join(folder, 'text.gz'))).rejects.toThrow('checksum failure');
    await expect(read(join(folder, 'header.gz'))).rejects.toThrow('checksum failure');
    const cut = await archive();
    const { size } = await stat(cut);
    for (const length of [size - 4, 100]) {
      await truncate(cut, length);
      await expect(read(cut)).rejects.toThrow('unexpected end of file');
    }
  });
});
