import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { shellQuoted, toPaste } from '../../src/progress/shell.ts';

const hostile = [
  'plain/path.txt',
  "it's",
  "'; touch owned; '",
  '"; touch owned; "',
  '$(touch owned)',
  '`touch owned`',
  '$HOME',
  '~/x',
  '-rf',
  '--help',
  'two words',
  ' lead and trail ',
  'a\\b\\',
  "\\'",
  '!!',
  '*?[a-z]{1,2}',
  'a;b&c|d>e<f#g',
  '(x)',
  'ü 日本語 🎬',
  '=x',
  'A=b',
  '%s%n',
];

/** The words that a shell hands to a command, which `printf` stands in for. */
const wordsOf = async (shell: string, line: string) =>
  (await execa(shell, ['-c', line])).stdout.split('\0').slice(0, -1);

describe.each(['bash', 'sh'])('a name in a command, read by %s', (shell) => {
  it('is that name and nothing else', async () => {
    const lines = hostile.map((name) => toPaste(name, (word) => `printf '%s\\0' ${word}`));
    expect(await wordsOf(shell, lines.join('\n'))).toEqual(hostile);
  });

  it('may have any character when it is not to be pasted', async () => {
    const names = [...hostile, 'two\nlines\n', '\u001b[2J\u202e', ''];
    const line = `printf '%s\\0' ${names.map(shellQuoted).join(' ')}`;
    expect(await wordsOf(shell, line)).toEqual(names);
  });
});

describe('a name that can not be pasted', () => {
  it.each([
    ['a\u001bb', 'a\\x1bb'],
    ['a\nb', 'a\\nb'],
    ['a\u202eb', 'a\\u202eb'],
    ['no \ufffd UTF-8', 'no \ufffd UTF-8'],
  ])('%j is told beside the command, which runs nothing', async (name, shown) => {
    const line = toPaste(name, (word) => `rm -- ${word}`);
    expect(line).toBe(`rm -- NAME (with the name in place of NAME; it can't be pasted: ${shown})`);
    const { failed, stderr } = await execa('bash', ['-c', line], { reject: false });
    expect(failed).toBe(true);
    expect(stderr).toContain('syntax error');
  });
});
