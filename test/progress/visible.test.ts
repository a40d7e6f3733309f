import { describe, expect, it } from 'vitest';
import { jsonText } from '../../src/progress/json.ts';
import { quoted, shortened, visible, visibleLine } from '../../src/progress/visible.ts';

const everyCharacter = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
const unseen = everyCharacter.filter((it) => /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(it));
const seen = everyCharacter.filter((it) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(it));
const anEscape = /^(\\[nrt]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\u\{[0-9a-f]{5,6}\})$/;

describe('what can not be seen', () => {
  it('shows as an escape, whichever character it is, and none like another', () => {
    expect(unseen.length).toBeGreaterThan(2000);
    for (const character of unseen) expect(visibleLine(character)).toMatch(anEscape);
    expect(new Set(unseen.map(visibleLine)).size).toBe(unseen.length);
  });

  it.each([
    ['\u001b[2J', '\\x1b[2J'],
    ['\u009b2J', '\\x9b2J'],
    ['exe.\u202egpm', 'exe.\\u202egpm'],
    ['a\u2028b\u{e0041}', 'a\\u2028b\\u{e0041}'],
    ['half \ud800 of one', 'half \\ud800 of one'],
    ['two\nlines', 'two\\nlines'],
  ])('%j shows as %s', (text, shown) => expect(visibleLine(text)).toBe(shown));

  it('is all that changes', () => {
    const text = seen.join('');
    expect(visibleLine(text)).toBe(text);
    expect(visible('two\n\tlines')).toBe('two\n\tlines');
  });

  it('changes once: what is visible stays as it is', () => {
    const once = visible(everyCharacter.join(''));
    expect(visible(once)).toBe(once);
  });
});

describe('a long text', () => {
  it('is cut where no escape and no character is taken apart, and says so', () => {
    expect(shortened('short', 5)).toBe('short');
    expect(shortened('🎬'.repeat(4), 5)).toBe('🎬🎬… (4 more characters)');
    expect(shortened('\u202e'.repeat(9), 13)).toBe('\\u202e\\u202e… (7 more characters)');
  });

  it('costs no more than a short one', () => {
    const text = '\u202e'.repeat(1e6);
    shortened(text, 100);
    const began = performance.now();
    for (let turn = 0; turn < 1000; turn++) shortened(text, 100);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('a value in quotes', () => {
  it.each([
    ['plain', '"plain"'],
    ['a "b" \\ c', '"a \\"b\\" \\\\ c"'],
    ['end\nof line', '"end\\nof line"'],
    ['\u009b', '"\\x9b"'],
    ['a'.repeat(41), `"${'a'.repeat(40)}…"`],
  ])('%j is %s', (value, shown) => expect(quoted(value)).toBe(shown));
});

describe('JSON', () => {
  it('holds no character that can not be seen, and the same value', () => {
    const value = { key: everyCharacter.join(''), '\u009b\u202e': [1, null, 'x'] };
    const text = jsonText(value);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(text)).toEqual(value);
    expect(JSON.parse(jsonText(value, 2))).toEqual(value);
  });

  it('holds no command of a CI', () => {
    const value = '##[add-mask]x ###vso[task.setvariable]y ##teamcity[z]';
    expect(jsonText(value)).not.toContain('##');
    expect(JSON.parse(jsonText(value))).toBe(value);
  });
});
