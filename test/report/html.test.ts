import { describe, expect, it } from 'vitest';
import { html, plainLog, truncate, visible } from '../../src/report/html.ts';

describe('texts of unknown origin', () => {
  it.each([
    ['a\u202Eb', 'a⟨U+202E⟩b'],
    ['\u0000\u001b', '⟨U+0000⟩⟨U+001B⟩'],
    ['zero\u200Bwidth\uFEFF', 'zero⟨U+200B⟩width⟨U+FEFF⟩'],
    ['\uD800', '⟨U+D800⟩'],
    ['Ünïcode, 動画, \u{1F4FC}\tand lines\n', 'Ünïcode, 動画, \u{1F4FC}\tand lines\n'],
  ])('%j shows as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('escapes whatever goes into a template, in texts and in attributes', () => {
    expect(html`<b title="${'"\'<&>'}">${['<i>', 1, undefined, false]}</b>`.text).toBe(
      '<b title="&quot;&#39;&lt;&amp;&gt;">&lt;i&gt;1</b>',
    );
  });

  it('cuts a text of one line at 400 characters', () => {
    expect(truncate(`a\n b${'c'.repeat(500)}`)).toBe(
      `a b${'c'.repeat(397)}… (103 more characters)`,
    );
  });

  it('shows a log as a terminal leaves it', () => {
    const log = '\u001b[32mok\u001b[0m\r\n10 %\r50 %\r100 %\nend\r\n\n';
    expect(plainLog(log)).toBe('ok\n100 %\nend');
  });
});
