import { describe, expect, it } from 'vitest';
import { logLine, OutputFilter, withoutSequences } from '../../src/progress/output-filter.ts';

/** What is shown of an output that comes in pieces of `size` bytes, and what ends it. */
const filtered = (output: string | Buffer, size = 1000, inCi = false) => {
  const filter = new OutputFilter(inCi);
  const bytes = Buffer.from(output);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size)
    parts.push(filter.push(bytes.subarray(at, at + size)));
  return { shown: Buffer.concat(parts).toString(), end: filter.end().toString() };
};

/** What is shown, whatever the pieces. */
const shown = (output: string | Buffer, size = 1000, inCi = false) => {
  const { shown, end } = filtered(output, size, inCi);
  return `${shown}${end}`.replace(/\n$/, '');
};

describe('what passes', () => {
  it.each([
    'plain\ttext\r',
    '\r 40%|████      | 4/10 [00:01<00:02, 2.5it/s]',
    '\u001b[31mred\u001b[0m \u001b[1;38;5;196mmore\u001b[0m',
    'one\ntwo\n\u001b[A\u001b[2Knested bars\u001b[K\n',
    'one\ntwo\nthree\u001b[2Afirst\u001b[1Bsecond\u001b[Bthird\u001b[3D\u001b[C\b',
    'Grüße 日本語 🎬',
  ])('%j, in whatever pieces', (text) => {
    for (const size of [1, 2, 3, 5, 1000]) expect(filtered(text, size).shown).toBe(text);
  });
});

describe('what loses its power', () => {
  it.each([
    ['a title', '\u001b]0;pwned\u0007x', '\\x1b]0;pwned\\x07x'],
    ['the clipboard', '\u001b]52;c;aGk=\u001b\\x', '\\x1b]52;c;aGk=\\x1b\\x'],
    ['a cleared screen', '\u001b[2J\u001b[Hx', '\\x1b[2J\\x1b[Hx'],
    ['the alternate screen', '\u001b[?1049hx', '\\x1b[?1049hx'],
    ['a device string', '\u001bPq#0\u001b\\x', '\\x1bPq#0\\x1b\\x'],
    ['a reset', '\u001bcx', '\\x1bcx'],
    ['a line up by another name', '\u001bMx', '\\x1bMx'],
    ['a C1 control', '\u009b2Jx', '\\x9b2Jx'],
    ['a C1 control as a byte', Buffer.from('9b324a78', 'hex'), '\ufffd2Jx'],
    ['bytes that are no UTF-8', Buffer.from('61c3ff80e282', 'hex'), 'a\ufffd\ufffd\ufffd\ufffd'],
    ['bells and nulls', 'a\u0007\u0000\u007fb', 'a\\x07\\x00\\x7fb'],
    ['text turned around', 'exe.\u202egpm', 'exe.\\u202egpm'],
    ['odd line ends', 'a\u2028b\u0085c\u000bd\u000ce', 'a\\u2028b\\x85c\\x0bd\\x0ce'],
    ['tags', 'a\u{e0041}b', 'a\\u{e0041}b'],
    ['a byte order mark', '\ufeffa', '\\ufeffa'],
    ['an escape at the end', 'x\u001b', 'x\\x1b'],
    ['endless parameters', `\u001b[${'1'.repeat(33)}mx`, `\\x1b[${'1'.repeat(33)}mx`],
  ])('%s, in whatever pieces', (_, output, harmless) => {
    for (const size of [1, 2, 3, 1000]) expect(shown(output, size)).toBe(harmless);
  });

  it('passes on at once what is complete', () => {
    const filter = new OutputFilter(false);
    expect(filter.push(Buffer.from('so far \u001b[')).toString()).toBe('so far ');
    expect(filter.push(Buffer.from('1mbold')).toString()).toBe('\u001b[1mbold');
  });
});

describe('moves between lines', () => {
  it.each([
    ['up from the first line', 'x\u001b[Ay', 'x\\x1b[Ay'],
    ['further up than the first line', 'a\nb\nc\u001b[999Ax', 'a\nb\nc\u001b[2Ax'],
    ['up twice', 'a\nb\u001b[A\u001b[Ax', 'a\nb\u001b[A\\x1b[Ax'],
    ['up by a number beyond numbers', `a\nb\u001b[${'9'.repeat(32)}Ax`, 'a\nb\u001b[1Ax'],
    ['down from the last line', 'a\nb\u001b[Bx', 'a\nb\\x1b[Bx'],
    [
      'further down than the last line',
      'a\nb\nc\u001b[2A\u001b[999Bx',
      'a\nb\nc\u001b[2A\u001b[2Bx',
    ],
    ['up by several parameters', 'a\nb\u001b[;9Ax', 'a\nb\u001b[;9Ax'],
  ])('end where the output does: %s', (_, output, cut) => {
    for (const size of [1, 3, 1000]) expect(filtered(output, size).shown).toBe(cut);
  });
});

describe('the end', () => {
  it.each([
    ['nothing', '', ''],
    ['a whole line', 'a\n', ''],
    ['half a line', 'a', '\n'],
    ['a line to be written over', 'a\r', '\n'],
    ['a colour that stays', '\u001b[31mred\n', '\u001b[0m'],
    ['a colour that was reset', '\u001b[31mred\n\u001b[0m', ''],
    ['hidden text', 'a\u001b[8m', '\u001b[0m\n'],
    ['a line above the last one', 'a\nb\nc\n\u001b[3A', '\u001b[3B\n'],
    ['a line that was come to from above', 'a\nb\u001b[A\n', '\n'],
  ])('is in plain style below the last line: after %s', (_, output, end) => {
    for (const size of [1, 1000]) expect(filtered(output, size).end).toBe(end);
  });

  it('is where another output begins', () => {
    const filter = new OutputFilter(false);
    filter.push(Buffer.from('a\nb\n'));
    filter.end();
    expect(filter.push(Buffer.from('\u001b[2Ax')).toString()).toBe('\\x1b[2Ax');
  });
});

describe('in a CI', () => {
  it.each([
    ['at the start', '::add-mask::x', ':\\x3aadd-mask::x'],
    ['after white space', 'a\n \t\u00a0::error::x', 'a\n \t\u00a0:\\x3aerror::x'],
    ['after a carriage return', '50 %\r::error::x', '50 %\r:\\x3aerror::x'],
    ['anywhere', `${'x'.repeat(50)} ##[add-mask]x`, `${'x'.repeat(50)} ##\\x5badd-mask]x`],
    ['of Azure', '##vso[x]', '##vso\\x5bx]'],
    ['made of an escape', '##\u0007[x]', '##\\x07[x]'],
  ])('no command passes %s, in whatever pieces', (_, output, harmless) => {
    for (const size of [1, 2, 3, 7, 1000]) expect(shown(output, size, true)).toBe(harmless);
  });
});

/** Numbers that look random and are the same with every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const atoms = [
  ...['a', ' ', '\n', '\n', '\r', '\t', '\b', ':', ':', '::', '#', '##', '[', 'vso', '\u00a0'],
  ...['\u001b', '\u001b[', '\u001b[3', '1', ';', 'm', 'A', 'B', 'K', '\u001b[31m', '\u001b[0m'],
  ...['\u001b[A', '\u001b[2A', '\u001b[99B', '\u001b[B', '\u001b[2J', '\u001b]0;', '\u0007'],
  ...['é', '日', '🎬', '\u009b', '\u202e', '\u2028', '\ufeff', '\u{e0041}', 'section_start:'],
].map((text) => Buffer.from(text));

function randomOutput(random: (below: number) => number): Buffer {
  const parts = Array.from({ length: random(30) }, () => {
    const atom = atoms[random(atoms.length)] ?? Buffer.alloc(0);
    if (random(8) > 0) return atom;
    return random(2) ? Buffer.from([random(256)]) : atom.subarray(0, random(atom.length + 1));
  });
  return Buffer.concat(parts);
}

/** The lines to which a terminal's cursor comes, counted from the first. */
function rowsOf(text: string): number[] {
  let row = 0;
  return [...text.matchAll(/\u001b\[(\d*)[\d;]*([AB])|\n/g)].map(([, count, kind]) => {
    row += (Number(count) || 1) * (kind === 'A' ? -1 : 1);
    return row;
  });
}

describe.each([false, true])('whatever comes (in a CI: %s)', (inCi) => {
  const outputs = (
    count: number,
    check: (output: Buffer, random: (n: number) => number) => void,
  ) => {
    const random = randomNumbers(7);
    for (let turn = 0; turn < count; turn++) check(randomOutput(random), random);
  };

  it('does not depend on where it was cut', () => {
    outputs(5000, (output, random) => {
      const whole = filtered(output, 1000, inCi);
      const filter = new OutputFilter(inCi);
      let pieces = '';
      for (let at = 0; at < output.length; ) {
        const size = 1 + random(5);
        pieces += filter.push(output.subarray(at, at + size));
        at += size;
      }
      expect(pieces + filter.end()).toBe(whole.shown + whole.end);
    });
  });

  it('passes unchanged once it has passed', () => {
    outputs(5000, (output) => {
      const { shown, end } = filtered(output, 1000, inCi);
      expect(filtered(`${shown}${end}`, 3, inCi)).toEqual({ shown: `${shown}${end}`, end: '' });
    });
  });

  it('holds nothing that is not seen but what was let pass', () => {
    outputs(5000, (output) => {
      const { shown, end } = filtered(output, 1000, inCi);
      const rest = withoutSequences(`${shown}${end}`).replace(/[\t\n\r\b]/g, '');
      expect(rest).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      if (inCi) expect(shown).not.toMatch(/##(vso)?\[/);
      if (inCi) expect(shown).not.toMatch(/(^|[\r\n])[^\S\r\n]*::/);
    });
  });

  it('never moves above its first line, and ends below its last', () => {
    outputs(5000, (output) => {
      const { shown, end } = filtered(output, 1000, inCi);
      const rows = [0, ...rowsOf(`${shown}${end}`)];
      expect(Math.min(...rows)).toBe(0);
      expect(rows.at(-1)).toBe(Math.max(...rows));
      expect(withoutSequences(`${shown}${end}`).replaceAll('\r', '')).toMatch(/^$|\n$/);
    });
  });

  it.each([
    '\u001b',
    '\u001b[',
    '\u001b[1',
    '1',
    '\r',
    '\n',
    ' ',
    ':',
    '##',
    '\u001b[A',
    '\n\u001b[A',
    '\u202e',
    '\u001b]0;x\u0007',
  ])('takes a megabyte of %j in seconds', (unit) => {
    const output = Buffer.alloc(2 ** 20, unit);
    const began = performance.now();
    filtered(output, 2 ** 20, inCi);
    filtered(output, 2 ** 14, inCi);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('what has come whole', () => {
  it.each(['a', 'é', '€', '😀', 'ÿ', 'à', '\u{10ffff}'])('is shown at once: %s', (letter) => {
    const bytes = Buffer.from(letter);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const filter = new OutputFilter(false);
      expect(`${filter.push(bytes.subarray(0, cut))}`).toBe('');
      expect(`${filter.push(bytes.subarray(cut))}`).toBe(letter);
    }
    expect(`${new OutputFilter(false).push(Buffer.from(`x${letter}`))}`).toBe(`x${letter}`);
  });
});

it('is left as it is where no CI reads along', () => {
  const commands = '::error::x\n##[group]y\n';
  expect(`${new OutputFilter(false).push(Buffer.from(commands))}`).toBe(commands);
  expect(`${new OutputFilter(true).push(Buffer.from(commands))}`).not.toBe(commands);
});

describe('a line of a log', () => {
  it('keeps its colours to itself and moves nowhere', () => {
    expect(logLine('\u001b[91mwarning', false)).toBe('\u001b[91mwarning\u001b[0m');
    expect(logLine('up \u001b[A\u001b[2J', false)).toBe('up \\x1b[A\\x1b[2J');
    expect(logLine('::error::x', true)).toBe(':\\x3aerror::x');
  });
});
