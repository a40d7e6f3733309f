import { describe, expect, it } from 'vitest';
import { decodeName, normalName } from '../../src/descriptors/zip-names.ts';

const [dos, unix, macos] = [0, 3, 19];
const utf8 = Buffer.from('é');
const none = { zip64: undefined, unicodePath: undefined };

describe('a name in a zip', () => {
  it.each([
    ['from DOS is in code page 437', dos, 0, '├⌐'],
    ['from DOS is UTF-8 where its flag says so', dos, 0x800, 'é'],
    ['from Unix is UTF-8', unix, 0, 'é'],
    ['from macOS is UTF-8', macos, 0, 'é'],
    ['from anywhere else is in code page 437', 10, 0, '├⌐'],
  ])('%s', (_, madeBy, flags, name) => {
    expect(decodeName(utf8, { flags, madeBy, extra: none })).toBe(name);
  });

  it('is that of the extra field where it is the same', () => {
    const extra = { ...none, unicodePath: utf8 };
    expect(decodeName(utf8, { flags: 0x800, madeBy: dos, extra })).toBe('é');
    expect(decodeName(Buffer.from([0x82]), { flags: 0, madeBy: dos, extra })).toBe('é');
    expect(() => decodeName(Buffer.from('e'), { flags: 0, madeBy: dos, extra })).toThrow(
      '"e" has another name in an extra field (0x7075).',
    );
  });

  it('has the last letter of ASCII and the first beyond it in code page 437', () => {
    const raw = Buffer.from([0x7f, 0x80, 0xff]);
    expect(decodeName(raw, { flags: 0, madeBy: dos, extra: none })).toBe('\u007fÇ\u00a0');
  });

  it('is the same in all its spellings', () => {
    expect(normalName('./a//e\u0301/')).toBe(normalName('a/\u00e9'));
  });
});
