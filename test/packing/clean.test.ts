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
});
