import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { linesFor, suggest, wordsOf } from '../../src/completion/suggest.ts';

const program = new Command('vsc').option('-C, --directory <dir>', 'the project').version('1');
program.command('build').description('build it').option('--slim', 'small').option('--log <file>');
program.command('secret', { hidden: true });
const test = program.command('test-it').argument('[zip]').option('--dataset <name>', 'which');
test.addOption(test.createOption('--hidden').hideHelp());

const typed = (line: string) =>
  suggest(program, line.split(' '), ({ long }) =>
    long === '--dataset' ? ['train', 'test'] : undefined,
  );
const words = (line: string) => typed(line).words.map(({ word }) => word);

describe('what may come next', () => {
  it.each([
    ['', ['build', 'test-it', 'help']],
    ['te', ['test-it']],
    ['-C', []],
    ['--d', ['--directory']],
    ['--json-', []],
    ['build --', ['--directory', '--help', '--slim', '--log']],
    ['-C build b', ['build']],
    ['test-it --dataset ', ['train', 'test']],
    ['test-it --dataset tr', ['train']],
    ['test-it --dataset=t', ['--dataset=train', '--dataset=test']],
    ['test-it --dataset train --da', ['--dataset']],
    ['test-it -- --da', []],
    ['help t', ['test-it']],
    ['help test-it ', []],
    ['nonsense ', ['build', 'test-it', 'help']],
  ])('vsc %s', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  it.each([
    ['-C ', 'folders'],
    ['build --directory x', 'folders'],
    ['build --log ', 'files'],
    ['test-it ', 'files'],
    ['test-it a.zip ', 'none'],
    ['build ', 'none'],
  ])('vsc %s: paths', (line, paths) => {
    expect(typed(line)).toEqual({ words: [], paths });
  });

  it('says what a command does', () => {
    expect(typed('bu').words).toEqual([{ word: 'build', description: 'build it' }]);
  });
});

describe('for bash, which takes words apart at "="', () => {
  it('joins them', () => {
    expect(wordsOf('bash', ['a', '--b', '=', 'c'])).toEqual(['a', '--b=c']);
    expect(wordsOf('bash', ['a', '--b', '='])).toEqual(['a', '--b=']);
    expect(wordsOf('zsh', ['--b', '='])).toEqual(['--b', '=']);
  });

  it('gives only the last part back', () => {
    const suggestions = { words: [{ word: '--b=c', description: 'd' }], paths: 'none' } as const;
    expect(linesFor('bash', suggestions)).toBe('c\td\n:none');
    expect(linesFor('fish', suggestions)).toBe('--b=c\td\n:none');
  });
});
