import { Argument, Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { linesFor, suggest, wordsOf } from '../../src/completion/suggest.ts';

const program = new Command('vsc').option('-C, --directory <dir>', 'the project').version('1');
program.command('build').description('build it').option('--slim', 'small').option('--log <file>');
program.command('secret', { hidden: true });
const test = program.command('test-it').argument('[zip]').option('--dataset <name>', 'which');
test.addOption(test.createOption('--hidden').hideHelp());

program.command('look').argument('<folder>').argument('[log...]').option('-v, --verbose');
program.command('teach').addArgument(new Argument('<shell>').choices(['bash', 'fish']));

const typed = (line: string) =>
  suggest(program, line.split(' '), ({ long }) =>
    long === '--dataset' ? ['train', 'test'] : undefined,
  );
const words = (line: string) => typed(line).words.map(({ word }) => word);

describe('what may come next', () => {
  const commands = ['build', 'test-it', 'look', 'teach', 'help'];

  it.each([
    ['', commands],
    ['te', ['test-it', 'teach']],
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
    ['--version ', commands],
    ['build --slim --lo', ['--log']],
    ['look -v --verb', ['--verbose']],
    ['test-it --nonsense=', []],
    ['test-it --dataset x y --da', ['--dataset']],
    ['test-it --dataset train -- --da', []],
    ['test-it -- --dataset ', []],
    ['test-it test-it --da', ['--dataset']],
    ['teach ', ['bash', 'fish']],
    ['teach f', ['fish']],
    ['teach fish ', []],
    ['help t', ['test-it', 'teach']],
    ['help test-it ', []],
    ['nonsense ', commands],
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
    ['build --slim ', 'none'],
    ['build --log=x', 'files'],
    ['look ', 'folders'],
    ['look x ', 'files'],
    ['look x y z ', 'files'],
    ['test-it --dataset=x', 'none'],
    ['help test-it ', 'none'],
  ])('vsc %s: paths', (line, paths) => {
    expect(typed(line)).toEqual({ words: [], paths });
  });

  it('says what a command does', () => {
    expect(typed('bu').words).toEqual([{ word: 'build', description: 'build it' }]);
    expect(typed('build --s').words).toEqual([{ word: '--slim', description: 'small' }]);
    expect(typed('test-it --dataset=tr').words).toEqual([
      { word: '--dataset=train', description: '' },
    ]);
  });
});

describe('for bash, which takes words apart at "="', () => {
  it('joins them', () => {
    expect(wordsOf('bash', ['a', '--b', '=', 'c'])).toEqual(['a', '--b=c']);
    expect(wordsOf('bash', ['a', '--b', '='])).toEqual(['a', '--b=']);
    const words = ['x', 'y', '--long', '=', 'c', 'd'];
    expect(wordsOf('bash', words)).toEqual(['x', 'y', '--long=c', 'd']);
    expect(wordsOf('zsh', ['--b', '='])).toEqual(['--b', '=']);
    expect(wordsOf('bash', ['--b', 'c'])).toEqual(['--b', 'c']);
  });

  it('gives only the last part back', () => {
    const words = [{ word: '--bb=c', description: 'd' }];
    expect(linesFor('bash', { words, paths: 'none' })).toBe('c\td\n:none');
    expect(linesFor('fish', { words, paths: 'none' })).toBe('--bb=c\td\n:none');
    expect(linesFor('bash', { words: [{ word: '--b', description: 'd' }], paths: 'files' })).toBe(
      '--b\td\n:files',
    );
  });
});
