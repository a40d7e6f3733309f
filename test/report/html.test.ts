import { describe, expect, it } from 'vitest';
import { html, plainLog, truncate } from '../../src/report/html.ts';

describe('texts of unknown origin', () => {
  it('shows what can not be seen', () => {
    expect(html`${'evil\u202Egpm.exe\u0000\u001b\uD800\tand lines\n'}`.text).toBe(
      'evil\\u202egpm.exe\\x00\\x1b\\ud800\tand lines\n',
    );
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

  it.each(['\r', '\n', '\u001b', '\u001b[', '\u001b]0;x', '\u001b[1mx', ' ', '\rx'])(
    'takes a log of a megabyte of %j in seconds',
    (unit) => {
      const log = `${unit.repeat(2 ** 20 / unit.length)}x`;
      const began = performance.now();
      html`${plainLog(log)}${truncate(log)}`;
      expect(performance.now() - began).toBeLessThan(5000);
    },
  );
});
