import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { firstLines, shellQuoted, tableLines } from '../../src/progress/format.ts';

describe('a table', () => {
  it('stands to the left, indented, without blanks at the end', () => {
    expect(tableLines([['a', 'bb', 'c'], ['aaa', 'b', ''], ['a']])).toEqual([
      '  a    bb  c',
      '  aaa  b',
      '  a',
    ]);
  });

  it('stands where it is told to, the columns without a word of their own as the last one', () => {
    const rows = [
      ['', 'full', 'subset'],
      ['pairs', '1', '2'],
    ];
    expect(tableLines(rows, ['left', 'right'], 0)).toEqual([
      '       full  subset',
      'pairs     1       2',
    ]);
    expect(tableLines([['1', 'a'], ['10']], ['right', 'left'])).toEqual(['   1  a', '  10']);
  });

  it('has no lines without rows', () => expect(tableLines([])).toEqual([]));
});

describe('a word of a command line', () => {
  it.each([
    'plain/path-1.2_x',
    'with blank',
    "it's",
    '$(touch x)',
    '`id`',
    '"',
    ';rm *',
    '~',
    '',
    '\\',
  ])('is one to a shell: %j', async (word) => {
    const { stdout } = await execa('sh', ['-c', `printf '[%s]' ${shellQuoted(word)}`]);
    expect(stdout).toBe(`[${word}]`);
  });

  it('stays as it is where nothing in it means anything to a shell', () =>
    expect(shellQuoted('/home/me/data_1')).toBe('/home/me/data_1'));
});

it('shows the first five of many, and how many more there are', () => {
  expect(firstLines(['a', 'b'])).toBe('  a\n  b');
  expect(firstLines('abcdefg'.split(''))).toBe('  a\n  b\n  c\n  d\n  e\n  and 2 more');
});
