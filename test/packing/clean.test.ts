import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cleanCaches } from '../../src/packing/clean.ts';
import { cleanKept } from '../../src/packing/kept.ts';
import { projectAt } from '../../src/project.ts';
import { folderWith } from '../support/folder.ts';
import { notUtf8, placeDeepFolder, placeOddity } from '../support/oddities.ts';
import { quiet, recorder } from '../support/recorder.ts';

const files = {
  'submission_src/main.py': 'x',
  'submission_src/main.pyc': '12345',
  'submission_src/lib/__pycache__/a.pyc': '123',
  'runtime/vsc_runtime/__pycache__/b.pyc': '12',
  'data/train/__pycache__/keep.pyc': 'x',
};

const clean = (root: string, dryRun = false) =>
  cleanCaches(root, dryRun, { reporter: recorder().reporter, signal: quiet });

describe('cleanCaches', () => {
  it("deletes caches in the project's own folders only", async () => {
    const root = await folderWith(files);
    await symlink(join(root, 'data'), join(root, 'submission_src/data'));
    expect(await clean(root)).toEqual({
      paths: [
        'submission_src/lib/__pycache__',
        'submission_src/main.pyc',
        'runtime/vsc_runtime/__pycache__',
      ],
      bytes: 10,
    });
    expect(await readdir(join(root, 'submission_src'))).toEqual(['data', 'lib', 'main.py']);
    expect(await readdir(join(root, 'data/train/__pycache__'))).toEqual(['keep.pyc']);
    expect((await clean(root)).paths).toEqual([]);
  });

  it('on a dry run deletes nothing', async () => {
    const root = await folderWith(files);
    expect((await clean(root, true)).paths).toHaveLength(3);
    expect(await readdir(join(root, 'submission_src'))).toContain('main.pyc');
  });

  it('follows no project folder that is itself a symlink, and says so', async () => {
    const root = await folderWith({ 'elsewhere/__pycache__/a.pyc': 'x', ...files });
    await symlink('elsewhere', join(root, 'submission_benchmark'));
    const { reporter, events } = recorder();
    const { paths } = await cleanCaches(root, false, { reporter, signal: quiet });
    expect(paths).toHaveLength(3);
    expect(await readdir(join(root, 'elsewhere/__pycache__'))).toEqual(['a.pyc']);
    const message = `${root}/submission_benchmark is a symlink: what it leads to is left as it is.`;
    expect(events).toEqual([{ type: 'warning', message }]);
  });

  it('deletes links and pipes named like caches, not what they lead to', async () => {
    const root = await folderWith(files);
    await symlink(join(root, 'data'), join(root, 'submission_src/__pycache__'));
    await placeOddity('a named pipe', join(root, 'submission_src/pipe.pyc'));
    expect((await clean(root)).paths).toContain('submission_src/pipe.pyc');
    expect(await readdir(join(root, 'submission_src'))).toEqual(['lib', 'main.py']);
    expect(await readdir(join(root, 'data/train/__pycache__'))).toEqual(['keep.pyc']);
  });

  it('is not stopped by folders too deep to be reached, nor by names that are not UTF-8', async () => {
    const root = await folderWith(files);
    await placeDeepFolder(join(root, 'submission_src/deep'));
    await mkdir(notUtf8(`${root}/submission_src`));
    expect((await clean(root)).paths).toHaveLength(3);
  });

  it('says of a cache what keeps it from being deleted', async () => {
    const root = await folderWith(files);
    const cache = join(root, 'submission_src/lib/__pycache__');
    await writeFile(notUtf8(cache), '');
    await expect(clean(root)).rejects.toThrow(
      `Could not delete ${cache}: something in it could not be reached (ENOTEMPTY).`,
    );
  });

  it('deletes nothing more once it is interrupted', async () => {
    const root = await folderWith(files);
    const reason = new Error('stop');
    const tools = { reporter: recorder().reporter, signal: AbortSignal.abort(reason) };
    await expect(cleanCaches(root, false, tools)).rejects.toBe(reason);
    expect(await readdir(join(root, 'submission_src'))).toContain('main.pyc');
  });

  it('knows caches by their names, and has nothing to do where there are none', async () => {
    const root = await folderWith({
      'submission_src/c.pyc': '',
      'submission_src/a.pyo': '1',
      'submission_src/b.pyc': '',
      'submission_src/a.pyc.txt': '1',
      'submission_src/pyc': '1',
      'submission_benchmark/__pycache__/sub/b.pyc': '123',
      runtime: 'a file',
    });
    expect(
      await cleanCaches(root, false, { reporter: recorder().reporter, signal: quiet }),
    ).toEqual({
      paths: [
        'submission_src/a.pyo',
        'submission_src/b.pyc',
        'submission_src/c.pyc',
        'submission_benchmark/__pycache__',
      ],
      bytes: 4,
    });
  });
});

describe('cleanKept', () => {
  const kept = {
    'submission/log.txt': 'x',
    'submission/kept-0badcafe/log.txt': '123',
    'submission/kept-0badcafe/code_execution/made.npz': '12',
    'submission/smoke/kept-00000001/log.txt': '1',
    'submission/kept-by-me/log.txt': 'x',
    'elsewhere/log.txt': 'x',
  };

  it('deletes the folders of kept runs, and follows no link in the place of one', async () => {
    const root = await folderWith(kept);
    await symlink('../elsewhere', join(root, 'submission/kept-00000002'));
    const found = {
      paths: ['submission/kept-0badcafe', 'submission/smoke/kept-00000001'],
      bytes: 6,
    };
    expect(await cleanKept(projectAt(root), true, { signal: quiet })).toEqual(found);
    expect(await cleanKept(projectAt(root), false, { signal: quiet })).toEqual(found);
    expect((await readdir(join(root, 'submission'))).sort()).toEqual([
      'kept-00000002',
      'kept-by-me',
      'log.txt',
      'smoke',
    ]);
    expect(await readdir(join(root, 'elsewhere'))).toEqual(['log.txt']);
    expect(await cleanKept(projectAt(root), false, { signal: quiet })).toEqual({
      paths: [],
      bytes: 0,
    });
  });
});
