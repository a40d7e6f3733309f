import { describe, expect, it } from 'vitest';
import { Mask } from '../../src/progress/mask.ts';

/** What passes of an output that comes in these chunks. */
function passing(secrets: readonly string[], chunks: readonly (string | Uint8Array)[]): string {
  const mask = new Mask(secrets);
  const passed = chunks.map((chunk) => mask.push(Buffer.from(chunk as string)));
  return Buffer.concat([...passed, mask.end()]).toString();
}

describe('a mask', () => {
  it.each([
    ['a secret', ['hunter22'], ['login hunter22, again hunter22\n'], 'login ***, again ***\n'],
    ['one that is cut', ['hunter22'], ['login hun', 'ter', '22!'], 'login ***!'],
    ['what only begins as one', ['hunter22'], ['hunt', 'ed'], 'hunted'],
    ['what ends as one begins', ['hunter22'], ['see hunter'], 'see hunter'],
    ['one that begins within its own beginning', ['ababac'], ['abab', 'abac'], 'ab***'],
    ['the longer one', ['secret', 'secret-and-more'], ['secret', '-and-more.'], '***.'],
    ['the shorter one after all', ['secret', 'secret-and-more'], ['secret-', 'and'], '***-and'],
    ['one that ends as it begins', ['xyzAxyz'], ['_xyzAx', 'yz'], '_***'],
    ['one with signs', ['a.*b(c$'], ['a.*b(c$ axxb(c$'], '*** axxb(c$'],
    ['one that is no ASCII', ['pässwörd'], ['der pässwörd'], 'der ***'],
    ['the lines of one', ['-----\r\nabcdefgh\nij'], ['abcdefgh\n', 'ij'], '***\nij'],
    ['no short one', ['true', '12345'], ['true 12345'], 'true 12345'],
  ] as const)('takes out %s', (_, secrets, chunks, shown) => {
    expect(passing(secrets, chunks)).toBe(shown);
  });

  it('leaves bytes that are no text as they are', () => {
    const mask = new Mask(['hunter22']);
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]);
    expect(Buffer.concat([mask.push(bytes), mask.end()])).toEqual(bytes);
  });

  it('shows the same however an output was cut, and no secret', () => {
    const secrets = ['ababab', 'aabbab', 'abababa', 'bbbbbb'];
    for (let number = 0; number < 2 ** 11; number += 1) {
      const text = number.toString(2).padStart(11, '0').replaceAll('0', 'a').replaceAll('1', 'b');
      const whole = passing(secrets, [text]);
      expect(secrets.filter((secret) => whole.includes(secret))).toEqual([]);
      expect(passing(secrets, [...text])).toBe(whole);
      for (let at = 1; at < text.length; at += 1) {
        expect(passing(secrets, [text.slice(0, at), text.slice(at)])).toBe(whole);
      }
    }
  });
});
