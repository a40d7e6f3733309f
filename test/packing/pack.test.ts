import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { Effort } from '../../src/descriptors/deflate.ts';
import { EnvironmentError, UsageError } from '../../src/errors.ts';
import { listContents } from '../../src/packing/contents.ts';
import { packSubmission } from '../../src/packing/pack.ts';
import { folderWith } from '../support/folder.ts';
import { noise, normals } from '../support/noise.ts';
import {
  notUtf8,
  oddities,
  placeDeepFolder,
  placeOddity,
  specialFiles,
} from '../support/oddities.ts';
import { quiet, recorder } from '../support/recorder.ts';

const source = {
  'src/main.py': 'print("hello")\n',
  'src/query_descriptors.npz': randomBytes(300_000),
  'src/model/weights.txt': 'w'.repeat(400_000),
  'src/.DS_Store': 'x',
  'src/__pycache__/main.cpython-39.pyc': 'x',
  'src/old.pyc': 'x',
  'src/.git/config': 'x',
  'src/.gitignore': 'x',
  'src/model/.ipynb_checkpoints/a.ipynb': 'x',
  'src/__MACOSX/a': 'x',
};

const pack = (root: string, more: { force?: boolean; dryRun?: boolean; effort?: Effort } = {}) =>
  packSubmission(
    {
      folder: join(root, 'src'),
      zip: join(root, 'submission/submission.zip'),
      effort: more.effort ?? 'fast',
      force: more.force ?? false,
      dryRun: more.dryRun ?? false,
    },
    recorder().reporter,
    quiet,
  );

/** The names, contents and compression that Python sees in a zip. */
const lookInside = async (zip: string) => {
  const script = `import sys, json, zipfile, hashlib
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename, i.compress_type, i.external_attr >> 16, hashlib.sha256(z.read(i)).hexdigest()] for i in z.infolist()]))`;
  const { stdout } = await execa('python3', ['-c', script, zip]);
  return JSON.parse(stdout) as [string, number, number, string][];
};

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

describe('packSubmission', () => {
  it('puts main.py at the root, leaves droppings out, and keeps every byte', async () => {
    const root = await folderWith(source);
    await chmod(join(root, 'src/main.py'), 0o755);
    const packed = await pack(root);
    const inside = await lookInside(packed.zip);
    expect(inside.map(([name]) => name)).toEqual([
      'main.py',
      'model/weights.txt',
      'query_descriptors.npz',
    ]);
    for (const [name, , , hash] of inside) {
      expect(hash).toBe(sha256(source[`src/${name}` as keyof typeof source]));
    }
    expect(inside.map(([, , mode]) => mode & 0o777)).toEqual([0o755, 0o644, 0o644]);
  });

  it('deflates what gets smaller and stores what does not', async () => {
    const root = await folderWith(source);
    const inside = await lookInside((await pack(root)).zip);
    const stored = Object.fromEntries(inside.map(([name, type]) => [name, type === 0]));
    expect(stored).toMatchObject({ 'model/weights.txt': false, 'query_descriptors.npz': true });
  });

  it('packs several blocks so that unzip and Python read them, smaller if it is told to', async () => {
    const contents = {
      'src/main.py': 'print("hello")\n',
      'src/empty.py': '',
      'src/half.bin': Buffer.from(Float32Array.from(normals(600_000)).buffer),
      'src/weights.txt': noise(2_000_000).toString('base64'),
      'src/words.txt': 'as before, so after; '.repeat(150_000),
    };
    const root = await folderWith(contents);
    const sizes: number[] = [];
    for (const effort of ['fast', 'smallest'] as const) {
      const { zip, bytes = 0 } = await pack(root, { effort, force: true });
      await execa('unzip', ['-tq', zip]);
      for (const [name, , , hash] of await lookInside(zip)) {
        expect(hash).toBe(sha256(contents[`src/${name}` as keyof typeof contents]));
      }
      sizes.push(bytes);
    }
    await execa('zip', ['-qr', '../theirs.zip', '.'], { cwd: join(root, 'src') });
    const { size: theirs } = await stat(join(root, 'theirs.zip'));
    const [fast = 0, smallest = 0] = sizes;
    expect(fast).toBeLessThan(1.1 * theirs);
    expect(smallest).toBeLessThan(theirs);
  });

  it('tells the size and SHA-256 of the zip', async () => {
    const root = await folderWith(source);
    const packed = await pack(root);
    const bytes = await readFile(packed.zip);
    expect(packed).toMatchObject({ bytes: bytes.length, sha256: sha256(bytes) });
  });

  it('gives the same bytes for the same input, whenever and in whatever order it was made', async () => {
    const one = await folderWith(source);
    const two = await folderWith(Object.fromEntries(Object.entries(source).reverse()));
    await utimes(join(two, 'src/main.py'), new Date(0), new Date(0));
    expect((await pack(one)).sha256).toBe((await pack(two)).sha256);
  });

  it('never overwrites a zip unless told to', async () => {
    const root = await folderWith({ ...source, 'submission/submission.zip': 'mine' });
    const refused = await pack(root).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UsageError);
    expect((refused as UsageError).next.join()).toContain('--force');
    expect(await readFile(join(root, 'submission/submission.zip'), 'utf8')).toBe('mine');
    await pack(root, { force: true });
    expect((await readFile(join(root, 'submission/submission.zip'))).length).toBeGreaterThan(4);
  });

  it('leaves the old zip and nothing else when it fails half way', async () => {
    const root = await folderWith({ ...source, 'submission/submission.zip': 'mine' });
    const aborted = new AbortController();
    const { reporter } = recorder();
    const packing = packSubmission(
      {
        folder: join(root, 'src'),
        zip: join(root, 'submission/submission.zip'),
        effort: 'fast',
        force: true,
        dryRun: false,
      },
      {
        ...reporter,
        report: (event) => {
          if (event.type === 'progress' && event.completed > 0) aborted.abort(new Error('stop'));
        },
      },
      aborted.signal,
    );
    await expect(packing).rejects.toThrow();
    expect(await readdir(join(root, 'submission'))).toEqual(['submission.zip']);
    expect(await readFile(join(root, 'submission/submission.zip'), 'utf8')).toBe('mine');
  });

  it('follows links to files and folders, and says where one leads nowhere or in a circle', async () => {
    const root = await folderWith({ 'src/main.py': '', 'elsewhere/big.bin': 'big' });
    await symlink(join(root, 'elsewhere'), join(root, 'src/assets'));
    expect((await pack(root)).entries.map(({ name }) => name)).toEqual([
      'assets/big.bin',
      'main.py',
    ]);
    await symlink(join(root, 'nowhere'), join(root, 'src/broken'));
    await expect(pack(root, { force: true })).rejects.toThrow(
      /src\/broken is a link that leads nowhere/,
    );
    const itself = await folderWith({ 'src/main.py': '' });
    await symlink('round', join(itself, 'src/round'));
    const round = await pack(itself).catch((error: unknown) => error);
    expect(round).toBeInstanceOf(EnvironmentError);
    expect((round as EnvironmentError).message).toMatch(/src\/round is a link that leads nowhere/);
    expect((round as EnvironmentError).next).toEqual(['Remove or mend it.']);
    const circle = await folderWith({ 'src/main.py': '' });
    await symlink('.', join(circle, 'src/self'));
    await expect(pack(circle)).rejects.toThrow(
      `${circle}/src/self links to a folder that it is in itself.`,
    );
    const deep = await folderWith({ 'src/a/b/main.py': '' });
    await symlink('..', join(deep, 'src/a/b/up'));
    await expect(pack(deep)).rejects.toThrow(
      `${deep}/src/a/b/up links to a folder that it is in itself.`,
    );
  });

  it('packs in the order of the letters, the same on every machine', async () => {
    const names = ['é', 'b', 'a/z', 'B', 'a.txt', 'a0', 'a/b/c'];
    const root = await folderWith(Object.fromEntries(names.map((name) => [`src/${name}`, ''])));
    const { entries } = await pack(root);
    expect(entries.map(({ name }) => name)).toEqual(['B', 'a.txt', 'a/b/c', 'a/z', 'a0', 'b', 'é']);
  });

  it.each(specialFiles)('says that %s can not be packed', async (what) => {
    const root = await folderWith({ 'src/main.py': '' });
    await placeOddity(what, join(root, 'src/odd'));
    await expect(pack(root)).rejects.toThrow(`src/odd is ${what}: it can't be packed`);
    await expect(readdir(join(root, 'submission'))).rejects.toThrow();
  });

  it.each(oddities)(
    'replaces no %s in the place of the zip, with --force neither',
    async (what) => {
      const root = await folderWith({ 'src/main.py': '', 'submission/x': '' });
      await placeOddity(what, join(root, 'submission/submission.zip'));
      for (const force of [false, true]) {
        await expect(pack(root, { force })).rejects.toThrow(
          `submission.zip is ${what}, where a file`,
        );
      }
      expect(await readdir(join(root, 'submission'))).toEqual(['submission.zip', 'x']);
    },
  );

  it('shows the bytes of a name that is not UTF-8', async () => {
    const root = await folderWith({ 'src/main.py': '' });
    await writeFile(notUtf8(`${root}/src`), '');
    await expect(pack(root)).rejects.toThrow('src/caf\\xe9 has a name that is not UTF-8.');
  });

  it('says which file vanished meanwhile', async () => {
    const root = await folderWith({ 'src/a.bin': randomBytes(3e6), 'src/main.py': '' });
    const { reporter } = recorder();
    const report = ({ type }: { type: string }) => {
      if (type === 'progress') rmSync(join(root, 'src/main.py'), { force: true });
    };
    const packing = packSubmission(
      {
        folder: join(root, 'src'),
        zip: join(root, 'x.zip'),
        effort: 'fast',
        force: false,
        dryRun: false,
      },
      { ...reporter, report },
      quiet,
    );
    await expect(packing).rejects.toThrow(EnvironmentError);
    await expect(packing).rejects.toThrow(/Could not pack .*src: no such file .*main\.py/);
  });

  it('refuses a folder that is missing or empty', async () => {
    const root = await folderWith();
    const missing = await pack(root).catch((error: unknown) => error);
    expect((missing as Error).message).toBe(`There is no folder ${root}/src to pack.`);
    expect((missing as EnvironmentError).next).toEqual([expect.stringMatching(/: vsc init$/)]);
    await mkdir(join(root, 'src'));
    await writeFile(join(root, 'src/.DS_Store'), '');
    const empty = await pack(root).catch((error: unknown) => error);
    expect(empty).toBeInstanceOf(EnvironmentError);
    expect((empty as Error).message).toContain('nothing to pack');
    expect((empty as EnvironmentError).next).toEqual([expect.stringMatching(/: vsc init$/)]);
  });

  it('on a dry run only says what it would pack', async () => {
    const root = await folderWith(source);
    const packed = await pack(root, { dryRun: true });
    expect(packed.entries).toHaveLength(3);
    expect(await readdir(root)).toEqual(['src']);
  });

  describe('of a farm of links', () => {
    /** Folders each of which links twice to the next: 2^levels paths to the last. */
    const farm = async (levels: number, file?: string) => {
      const root = await folderWith({ 'src/main.py': '' });
      const at = (level: number) => (level === 0 ? join(root, 'src') : join(root, `farm/${level}`));
      for (let level = 1; level <= levels; level += 1) {
        await mkdir(at(level), { recursive: true });
        for (const name of ['a', 'b']) await symlink(at(level), join(at(level - 1), name));
      }
      if (file !== undefined) await writeFile(join(at(levels), file), '');
      return root;
    };

    it.each([
      ['without a file', undefined],
      ['with one', 'file'],
    ])('%s says that there is too much, at once', async (_, file) => {
      const root = await farm(31, file);
      await expect(pack(root)).rejects.toThrow(
        `There are more than 100,000 files and folders in ${root}/src, what links lead to counted`,
      );
    });

    it('takes as much as there may be', async () => {
      const { entries } = await pack(await farm(10, 'file'), { dryRun: true });
      expect(entries).toHaveLength(2 ** 10 + 1);
      expect(entries[0]?.name).toBe('a/a/a/a/a/a/a/a/a/a/file');
    });

    it('says so where they are too deep', async () => {
      await expect(pack(await farm(32, 'file'))).rejects.toThrow(
        /more than 32 folders in one another/,
      );
      const root = await folderWith({ 'src/main.py': '' });
      await placeDeepFolder(join(root, 'src/deep'));
      await expect(pack(root)).rejects.toThrow(/more than 32 folders in one another/);
    });
  });

  it('stops when it is interrupted', async () => {
    const root = await folderWith(source);
    const reason = new Error('stop');
    const listing = listContents(join(root, 'src'), AbortSignal.abort(reason));
    await expect(listing).rejects.toBe(reason);
  });
});
