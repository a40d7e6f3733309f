import { describe, expect, it } from 'vitest';
import { firstLines, tableLines } from '../../src/progress/format.ts';

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

it('shows the first five of many, and how many more there are', () => {
  expect(firstLines(['a', 'b'])).toBe('  a\n  b');
  expect(firstLines('abcdefg'.split(''))).toBe('  a\n  b\n  c\n  d\n  e\n  and 2 more');
});
