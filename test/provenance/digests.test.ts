import { createHash, randomBytes } from 'node:crypto';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { create, update } from 'tar';
import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../src/errors.ts';
import { digestFile, digestFiles, digestRankings } from '../../src/provenance/digests.ts';
import { folderWith } from '../support/folder.ts';
import { rankingFiles, writeArchive } from '../support/recorded.ts';

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
const names = Object.keys(rankingFiles);

describe('digests of files', () => {
  it.each([0, 1, 256 * 1024, 1_000_003])('%i bytes', async (bytes) => {
    const content = randomBytes(bytes);
    const folder = await folderWith({ file: content });
    expect(await digestFile(join(folder, 'file'))).toEqual({ bytes, sha256: sha256(content) });
  });

  it('come in the order that was asked for', async () => {
    const folder = await folderWith({ a: randomBytes(900_000), b: 'b', c: 'c' });
    const digests = await digestFiles(['a', 'b', 'c', 'b'].map((name) => join(folder, name)));
    expect(digests.map(({ bytes }) => bytes)).toEqual([900_000, 1, 1, 1]);
    expect(digests[1]).toEqual({ bytes: 1, sha256: sha256('b') });
  });

  it('say which file can not be read', async () => {
    const missing = join(await folderWith(), 'none');
    await expect(digestFile(missing)).rejects.toThrow(EnvironmentError);
    await expect(digestFile(missing)).rejects.toThrow(`${missing} can't be read (ENOENT).`);
  });

  it('end with the signal', async () => {
    const folder = await folderWith({ file: randomBytes(1_000_000) });
    await expect(digestFile(join(folder, 'file'), AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('digests of rankings in an archive', () => {
  it('are those of the files, with their lines counted', async () => {
    const archive = join(await folderWith(), 'a.tar.gz');
    await writeArchive(archive);
    const [full, subset] = await digestRankings(archive, names);
    const { 'full_rankings.csv': text } = rankingFiles;
    expect(full).toEqual({ name: names[0], pairs: 2, bytes: text.length, sha256: sha256(text) });
    expect(subset?.pairs).toBe(1);
  });

  it('leave out what is missing, there twice, or a link', async () => {
    const cwd = await folderWith(rankingFiles);
    const file = join(cwd, 'a.tar');
    await create({ cwd, file }, names);
    await writeFile(join(cwd, 'full_rankings.csv'), 'another');
    await update({ cwd, file }, ['full_rankings.csv']);
    const found = async () => {
      await writeFile(`${file}.gz`, gzipSync(await readFile(file)));
      return (await digestRankings(`${file}.gz`, names)).map(({ name }) => name);
    };
    expect(await found()).toEqual([names[1]]);
    await rm(join(cwd, 'full_rankings.csv'));
    await symlink('/etc/passwd', join(cwd, 'full_rankings.csv'));
    await create({ cwd, file }, names);
    expect(await found()).toEqual([names[1]]);
  });

  it('throw for what is no archive', async () => {
    const folder = await folderWith({ 'a.tar.gz': 'no archive at all' });
    await expect(digestRankings(join(folder, 'a.tar.gz'), names)).rejects.toThrow();
  });

  it('count lines wherever they end', async () => {
    const archive = join(await folderWith(), 'a.tar.gz');
    await writeArchive(archive, { 'full_rankings.csv': '\na\nb\n' });
    expect((await digestRankings(archive, names))[0]?.pairs).toBe(2);
  });

  it('take the files of very old archives for files', async () => {
    const archive = join(await folderWith(), 'a.tar');
    await writeArchive(archive, { 'full_rankings.csv': 'a\nb\n' });
    const bytes = gunzipSync(await readFile(archive));
    // The type of a file was a NUL before it was a '0'; the sum over the header is less by that.
    const sum = Number.parseInt(bytes.toString('latin1', 148, 154), 8) - bytes.readUInt8(156);
    bytes.writeUInt8(0, 156);
    bytes.write(sum.toString(8).padStart(6, '0'), 148, 'latin1');
    await writeFile(archive, gzipSync(bytes));
    expect((await digestRankings(archive, names))[0]?.pairs).toBe(1);
  });

  it('count no pairs where there is not even a header', async () => {
    const archive = join(await folderWith(), 'a.tar.gz');
    await writeArchive(archive, { 'full_rankings.csv': '', 'other.csv': 'a\nb\n' });
    expect(await digestRankings(archive, names)).toEqual([
      { name: 'full_rankings.csv', pairs: 0, bytes: 0, sha256: sha256('') },
    ]);
  });

  it('come in the order that was asked for', async () => {
    const archive = join(await folderWith(), 'a.tar.gz');
    await writeArchive(archive);
    const backwards = names.toReversed();
    const found = await digestRankings(archive, backwards);
    expect(found.map(({ name }) => name)).toEqual(backwards);
  });
});
