import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeZip } from '../../src/descriptors/zip-writer.ts';
import { folderWith } from '../support/folder.ts';
import { quiet } from '../support/recorder.ts';

async function* entry(contents: AsyncIterable<Uint8Array>) {
  yield { name: 'a.bin', mode: 0o644, contents };
}

async function* twoWords() {
  yield Buffer.from('one ');
  yield Buffer.from('two');
}

async function* endless() {
  for (;;) yield Buffer.alloc(65_536);
}

async function* failing() {
  yield Buffer.alloc(65_536);
  throw new Error('the disk is gone');
}

describe('writeZip', () => {
  it('writes what unzip and Python read, and shows every byte', async () => {
    const path = join(await folderWith(), 'a.zip');
    const seen: Buffer[] = [];
    await writeZip(path, entry(twoWords()), quiet, { onChunk: (chunk) => seen.push(chunk) });
    expect(Buffer.concat(seen).equals(await readFile(path))).toBe(true);
    const script =
      'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read("a.bin").decode())';
    expect(execFileSync('python3', ['-c', script, path]).toString()).toBe('one two\n');
  });

  it('ends with what its contents throw', async () => {
    const path = join(await folderWith(), 'a.zip');
    await expect(writeZip(path, entry(failing()), quiet)).rejects.toThrow('the disk is gone');
  });

  it('ends with what the list of entries throws', async () => {
    const path = join(await folderWith(), 'a.zip');
    const entries = (async function* () {
      yield* entry(twoWords());
      throw new Error('no such file');
    })();
    await expect(writeZip(path, entries, quiet)).rejects.toThrow('no such file');
  });

  it('ends with the reason of its signal', async () => {
    const path = join(await folderWith(), 'a.zip');
    const aborted = new AbortController();
    let chunks = 0;
    const onChunk = () => {
      chunks += 1;
      if (chunks === 20) aborted.abort(new Error('enough'));
    };
    const writing = writeZip(path, entry(endless()), aborted.signal, { onChunk });
    await expect(writing).rejects.toThrow('enough');
  });
});
