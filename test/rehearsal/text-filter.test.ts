import { describe, expect, it } from 'vitest';
import { TextFilter } from '../../src/rehearsal/text-filter.ts';

/** What is shown of a text that comes in pieces of `size` bytes. */
const shown = (text: string, size = 1000) => {
  const filter = new TextFilter();
  const bytes = Buffer.from(text);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size)
    parts.push(filter.push(bytes.subarray(at, at + size)));
  return Buffer.concat([...parts, filter.end()]).toString();
};

describe('TextFilter', () => {
  it.each([
    'plain\ttext\r\n',
    '\r 40%|████      | 4/10 [00:01<00:02, 2.5it/s]',
    '\u001b[31mred\u001b[0m \u001b[1;38;5;196mmore\u001b[0m',
    '\u001b[A\u001b[2Knested bars\u001b[K',
    'Grüße 日本語 🎬',
  ])('lets %j pass, in whatever pieces', (text) => {
    for (const size of [1, 2, 3, 5, 1000]) expect(shown(text, size)).toBe(text);
  });

  it.each([
    ['a title', '\u001b]0;pwned\u0007x', '^[]0;pwnedx'],
    ['the clipboard', '\u001b]52;c;aGk=\u001b\\x', '^[]52;c;aGk=^[\\x'],
    ['a cleared screen', '\u001b[2J\u001b[Hx', '^[[2J^[[Hx'],
    ['the alternate screen', '\u001b[?1049hx', '^[[?1049hx'],
    ['a device string', '\u001bPq#0\u001b\\x', '^[Pq#0^[\\x'],
    ['a reset', '\u001bcx', '^[cx'],
    ['a C1 control', '\u009b2Jx', '2Jx'],
    ['bells and nulls', 'a\u0007\u0000\u007fb', 'ab'],
    ['an escape at the end', 'x\u001b', 'x^['],
  ])('takes the power from %s, in whatever pieces', (_, text, harmless) => {
    for (const size of [1, 2, 3, 1000]) expect(shown(text, size)).toBe(harmless);
  });

  it('passes on at once what is complete', () => {
    const filter = new TextFilter();
    expect(Buffer.from(filter.push(Buffer.from('so far \u001b['))).toString()).toBe('so far ');
    expect(Buffer.from(filter.push(Buffer.from('1mbold'))).toString()).toBe('\u001b[1mbold');
  });
});
