import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cleanCaches } from '../../src/packing/clean.ts';
import { folderWith } from '../support/folder.ts';

const files = {
  'submission_src/main.py': 'x',
  'submission_src/main.pyc': '12345',
  'submission_src/lib/__pycache__/a.pyc': '123',
  'runtime/vsc_runtime/__pycache__/b.pyc': '12',
  'data/train/__pycache__/keep.pyc': 'x',
};

describe('cleanCaches', () => {
  it("deletes caches in the project's own folders only", async () => {
    const root = await folderWith(files);
    await symlink(join(root, 'data'), join(root, 'submission_src/data'));
    expect(await cleanCaches(root)).toEqual({
      paths: [
        'submission_src/lib/__pycache__',
        'submission_src/main.pyc',
        'runtime/vsc_runtime/__pycache__',
      ],
      bytes: 10,
    });
    expect(await readdir(join(root, 'submission_src'))).toEqual(['data', 'lib', 'main.py']);
    expect(await readdir(join(root, 'data/train/__pycache__'))).toEqual(['keep.pyc']);
    expect((await cleanCaches(root)).paths).toEqual([]);
  });

  it('on a dry run deletes nothing', async () => {
    const root = await folderWith(files);
    expect((await cleanCaches(root, true)).paths).toHaveLength(3);
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
    expect(await cleanCaches(root)).toEqual({
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
