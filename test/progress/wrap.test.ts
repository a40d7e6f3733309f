import { describe, expect, it } from 'vitest';
import { wrapped } from '../../src/progress/wrap.ts';

const red = (text: string) => `\u001b[31m${text}\u001b[39m`;

describe('wrapped', () => {
  it('leaves alone what fits', () => {
    const text = 'one\n\n  two   three\n';
    expect(wrapped(text, 80)).toBe(text);
  });

  it('goes on under the last column', () => {
    expect(wrapped('  NAME  default  a word and another word and more of them', 44)).toBe(
      ['  NAME  default  a word and another word', '                 and more of them'].join('\n'),
    );
  });

  it('goes on under the first word of a line without columns', () => {
    expect(wrapped('    fix: one two three four five six seven', 34)).toBe(
      ['    fix: one two three four five', '    six seven'].join('\n'),
    );
  });

  it('goes on under an earlier column where the last one is too far to the right', () => {
    const line = `  name  ${'x'.repeat(40)}  what comes of it`;
    expect(wrapped(line, 60)).toBe(`  name  ${'x'.repeat(40)}  what\n        comes of it`);
  });

  it('keeps a long word whole, and loses none', () => {
    const path = `/a/${'b'.repeat(60)}`;
    expect(wrapped(`see ${path} there`, 40).split('\n')).toEqual(['see', path, 'there']);
    expect(wrapped(`  NAME  ${path}  there`, 40).split('\n')).toEqual([
      `  NAME  ${path}`,
      '        there',
    ]);
  });

  it.each([
    'To have it mounted: chmod -R o+rX -- /project/data',
    'Run "docker context ls --format x"',
    'Say so before: BLOCK_INTERNET=true vsc test-submission --cpu',
  ])('keeps the command whole of %j', (line) => {
    for (const columns of [30, 40, 50]) {
      const command = /(?<=: |")[^"]*/.exec(line)?.[0] ?? '';
      expect(wrapped(line, columns).split('\n').at(-1)).toContain(command);
      expect(wrapped(line, columns).replace(/\n/g, ' ')).toBe(line);
    }
  });

  it('goes on behind the mark of a list', () => {
    expect(wrapped('      → Put the download there, or a symlink to it.', 40)).toBe(
      '      → Put the download there, or a\n        symlink to it.',
    );
  });

  it('counts no colours', () => {
    const line = `${red('error')} one two three four five six`;
    expect(wrapped(line, 34)).toBe(line);
    expect(wrapped(line, 30)).toBe(`${red('error')} one two three four five\nsix`);
  });

  it('makes no text wider than can be read, however wide the terminal', () => {
    const text = 'word '.repeat(60).trim();
    const widths = wrapped(text, 300)
      .split('\n')
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(110);
    expect(widths.length).toBe(3);
  });
});
