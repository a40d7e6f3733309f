import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import {
  findingLines,
  firstLines,
  formatCount,
  formatSeconds,
  tableLines,
} from '../../src/progress/format.ts';

describe('for people', () => {
  it.each([
    [0, '0.00 s'],
    [9.994, '9.99 s'],
    [10, '10.0 s'],
    [59.94, '59.9 s'],
    [60, '1 min 00 s'],
    [65, '1 min 05 s'],
    [3599.4, '59 min 59 s'],
    [3599.5, '1 h 00 min'],
    [3600, '1 h 00 min'],
    [7859, '2 h 10 min'],
    [90_000, '25 h 00 min'],
  ])('%d seconds are %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  it('a number has commas', () => expect(formatCount(1_234_567)).toBe('1,234,567'));

  it('a finding has its rule, its fix where there is one, and the colour of its weight', () => {
    const finding = {
      severity: 'error',
      file: 'a.npz',
      rule: 'no-vectors',
      message: 'No.',
    } as const;
    const colours = new Chalk({ level: 1 });
    expect(findingLines(finding, new Chalk({ level: 0 }))).toEqual([
      '  error a.npz: No. [no-vectors]',
    ]);
    expect(findingLines(finding, colours)[0]).toContain(colours.red('error'));
    const warning = findingLines({ ...finding, severity: 'warning', fix: 'Do.' }, colours);
    expect(warning[0]).toContain(colours.yellow('warning'));
    expect(warning[1]).toContain('Do.');
  });
});

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

  it('stands to one side where that alone is told', () => {
    expect(
      tableLines(
        [
          ['a', '1'],
          ['bb', '10'],
        ],
        ['right'],
        0,
      ),
    ).toEqual([' a   1', 'bb  10']);
  });

  it('has no lines without rows', () => expect(tableLines([])).toEqual([]));
});

it('shows the first five of many, and how many more there are', () => {
  expect(firstLines(['a', 'b'])).toBe('  a\n  b');
  expect(firstLines('abcdefg'.split(''))).toBe('  a\n  b\n  c\n  d\n  e\n  and 2 more');
});
