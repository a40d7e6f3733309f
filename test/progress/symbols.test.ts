import { describe, expect, it } from 'vitest';
import { canShowUnicode, inAscii, needsAscii } from '../../src/progress/symbols.ts';

describe('a terminal', () => {
  it.each([
    [{ LANG: 'en_US.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
    [{ LANG: 'en_US.UTF-8', TERM: 'dumb' }, false],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, false],
    [{ LANG: 'en_US.UTF-8', TERM: 'xterm' }, true],
    [{ LC_CTYPE: 'C.UTF-8' }, true],
    [{}, false],
  ])('with %j shows Unicode: %s', (env, expected) => {
    expect(canShowUnicode({ env, platform: 'linux' })).toBe(expected);
  });

  it.each([
    [{}, false],
    [{ LANG: 'C.UTF-8' }, false],
    [{ TERM_PROGRAM: 'mintty' }, false],
    [{ WT_SESSION: 'x' }, true],
    [{ TERM_PROGRAM: 'vscode' }, true],
    [{ ConEmuTask: '{cmd::Cmder}' }, true],
    [{ TERM: 'xterm-256color' }, true],
    [{ TERMINAL_EMULATOR: 'JetBrains-JediTerm' }, true],
  ])('with %j shows it on Windows: %s, and has ASCII where not', (env, expected) => {
    expect(canShowUnicode({ env, platform: 'win32' })).toBe(expected);
    expect(needsAscii({ env, platform: 'win32' })).toBe(!expected);
  });

  it('elsewhere is given UTF-8, whatever its locale', () => {
    expect(needsAscii({ env: {}, platform: 'linux' })).toBe(false);
    expect(needsAscii({ env: {}, platform: 'darwin' })).toBe(false);
  });
});

describe('ASCII', () => {
  it('stands for every symbol of our texts, and leaves letters alone', () => {
    expect(inAscii('µAP 3 × 4 ≥ 2 – “Jürgen”… ✓✗ ██░')).toBe('uAP 3 x 4 >= 2 - “Jürgen”... +x ##.');
  });
});
