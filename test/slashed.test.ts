import { win32 } from 'node:path';
import { expect, it } from 'vitest';
import { slashed } from '../src/slashed.ts';

it('is a path of Windows with /', () => {
  const path = win32.relative('C:\\project', 'C:\\project\\data\\train\\query');
  expect(path).toBe('data\\train\\query');
  expect(slashed(path, win32.sep)).toBe('data/train/query');
});

it('is the path itself where a backslash may be in a name', () => {
  expect(slashed('data/a\\b', '/')).toBe('data/a\\b');
});
