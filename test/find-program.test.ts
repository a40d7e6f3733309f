import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findProgram } from '../src/find-program.ts';
import { folderWith } from './support/folder.ts';

it('looks where the PATH that it is given says, and nowhere else', async () => {
  const folder = await folderWith({ tool: '#!/bin/sh\n', text: '' });
  await chmod(join(folder, 'tool'), 0o755);
  expect(await findProgram('tool', { PATH: `/nowhere:${folder}` })).toBe(join(folder, 'tool'));
  expect(await findProgram('text', { PATH: folder })).toBeUndefined();
  expect(await findProgram('sh', { PATH: folder })).toBeUndefined();
  expect(await findProgram('sh', {})).toBeUndefined();
});
