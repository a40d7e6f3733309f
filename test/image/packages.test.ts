import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { whoHas } from '../../src/image/packages.ts';

const tests = new URL('../../runtime/tests/test_packages.py', import.meta.url);

it('knows of each module of the images which of them have it', async () => {
  const text = await readFile(tests, 'utf8');
  const listed = (name: string) => {
    const [, list = ''] = new RegExp(`^${name} = \\[([^\\]]*)\\]`, 'm').exec(text) ?? [];
    return [...list.matchAll(/"([\w.]+)"/g)].map(([, module = '']) => module);
  };
  const torch = listed('TORCH_MODULES');
  expect(torch).toEqual(['torch', 'torchvision']);
  for (const module of torch) expect(whoHas(module)).toContain('vsc build --slim --torch');
  const full = listed('FULL_MODULES').filter((module) => !torch.includes(module));
  expect(full.length).toBeGreaterThan(20);
  for (const module of full) expect(whoHas(module)).toContain('in the full images');
});
