import { describe, expect, it } from 'vitest';
import { withoutCommands } from '../../src/progress/ci-commands.ts';

describe('commands to a CI', () => {
  it.each([
    ['::add-mask::x', ':\\x3aadd-mask::x'],
    ['one\n \u00a0\u3000\t::error::x', 'one\n \u00a0\u3000\t:\\x3aerror::x'],
    ['50 %\r::error::x', '50 %\r:\\x3aerror::x'],
    ['all well ##[add-mask]x', 'all well ##\\x5badd-mask]x'],
    ['##vso[task.complete]', '##vso\\x5btask.complete]'],
    ['####TEAMCITY[x]', '####TEAMCITY\\x5bx]'],
    ['section_start:1:x\r', 'section_start\\x3a1:x\r'],
  ])('%j shows as %j', (text, shown) => {
    expect(withoutCommands(text)).toBe(shown);
    expect(withoutCommands(shown)).toBe(shown);
  });

  it.each(['a::b', ': :x', '## Heading [1]', 'C::D ##'])('%j is none', (text) =>
    expect(withoutCommands(text)).toBe(text),
  );

  it.each([' ', ':', '#', '\n', ' :'])(
    'are found in a million of %j as fast as in text',
    (unit) => {
      const began = performance.now();
      withoutCommands(unit.repeat(1e6));
      expect(performance.now() - began).toBeLessThan(5000);
    },
  );
});
