import { PassThrough } from 'node:stream';
import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../../src/progress/events.ts';
import { barLines, fitting, movingBars } from '../../src/progress/terminal.ts';

const plain = new Chalk({ level: 0 });
const bar = (id: string, change: Partial<Progress> = {}): Progress => ({
  type: 'progress',
  id,
  label: id,
  completed: 0,
  unit: 'bytes',
  ...change,
});
const sum = bar('sum', { completed: 1, total: 2 });
const part = (id: string, completed: number, done = false) =>
  bar(id, { completed, total: 10, part: true, done });

describe('fitting', () => {
  const events = [
    part('done 1', 10, true),
    part('done 2', 10, true),
    sum,
    part('moving', 5),
    part('waiting', 0),
  ];
  const ids = (room: number) => fitting(events, room).map(({ id }) => id);

  it('shows all where there is room, the sum last', () => {
    expect(ids(5)).toEqual(['done 1', 'done 2', 'moving', 'waiting', 'sum']);
  });

  it('leaves out what waits, then what was done first, and never the sum', () => {
    expect(ids(4)).toEqual(['done 1', 'done 2', 'moving', 'sum']);
    expect(ids(3)).toEqual(['done 2', 'moving', 'sum']);
    expect(ids(2)).toEqual(['moving', 'sum']);
    expect(ids(1)).toEqual(['sum']);
    expect(ids(0)).toEqual(['sum']);
  });
});

describe('barLines', () => {
  it('aligns labels, and draws no bar for what has no known end', () => {
    const lines = barLines([part('a', 5), bar('long name', { completed: 7e6 })], 80, plain);
    expect(lines).toEqual([
      'a         ████████████░░░░░░░░░░░░  50% 5 B of 10 B',
      'long name 7 MB so far',
    ]);
  });

  it.each<[string, Partial<Progress>, string]>([
    ['nothing yet', { completed: 0 }, 'x'],
    ['of nothing', { completed: 0, total: 0 }, 'x ░░░░░░░░░░░░░░░░░░░░░░░░   0% 0 B of 0 B'],
    ['done of nothing known', { completed: 3, done: true }, 'x ████████████████████████ 100% 3 B'],
    [
      'more than it was to be',
      { completed: 9, total: 3 },
      'x ████████████████████████ 100% 9 B of 3 B',
    ],
    [
      'not quite done',
      { completed: 999, total: 1000, unit: 'videos' },
      'x ████████████████████████  99% 999 of 1,000 videos',
    ],
  ])('draws %s', (_, change, line) => {
    expect(barLines([bar('x', change)], 80, plain)).toEqual([line]);
  });

  it('draws a shorter bar where there is less room, and none where it would be tiny', () => {
    const half = bar('x', { completed: 5, total: 10 });
    expect(barLines([half], 28, plain)).toEqual(['x ████░░░░  50% 5 B of 10 B']);
    expect(barLines([half], 24, plain)).toEqual(['x ██░░  50% 5 B of 10 B']);
    expect(barLines([half], 23, plain)).toEqual(['x  50% 5 B of 10 B']);
    expect(barLines([half], 9, plain)).toEqual(['x  50% 5']);
    expect(barLines([bar('a long name', { completed: 1 })], 9, plain)).toEqual(['a lon…me']);
    expect(barLines([], 80, plain)).toEqual([]);
  });

  it('in a narrow terminal shortens labels, so that the amounts are seen', () => {
    const pulling = { completed: 123e6, total: 3456e6, part: true };
    const layers = ['fa50a18ff9de downloading', '0b1c2d3e4f5a extracting'];
    expect(barLines([...layers.map((id) => bar(id, pulling)), sum], 40, plain)).toEqual([
      'fa50a18ff9…ading   3% 123 MB of 3.46 GB',
      '0b1c2d3e4f…cting   3% 123 MB of 3.46 GB',
      'sum              ███░░░  50% 1 B of 2 B',
    ]);
  });

  it('grows its bars with the terminal, within bounds', () => {
    const cells = (columns: number) => {
      return (barLines([sum], columns, plain)[0]?.match(/[█░]/g) ?? []).length;
    };
    expect([80, 120, 150, 200, 400].map(cells)).toEqual([24, 24, 30, 40, 40]);
  });

  it.each([80, 60, 40, 20, 5])('fits into %i columns', (columns) => {
    const wide = bar('fa50a18ff9de downloading', { completed: 123e6, total: 3456e6, part: true });
    for (const line of barLines([wide, sum], columns, plain)) {
      expect(line.length).toBeLessThan(columns);
    }
  });
});

/** A terminal of so many rows, and what was written to it. */
function terminal(rows: number) {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const line = (text: string) => void stream.write(`${text}\n`);
  return { stream, line, text: () => Buffer.concat(chunks).toString() };
}

describe('movingBars', () => {
  it('never draws more lines than the terminal has', async () => {
    const { stream, line, text } = terminal(6);
    const bars = movingBars(stream, plain, line);
    for (let layer = 0; layer < 30; layer++) bars.update(part(`layer ${layer}`, 1 + (layer % 9)));
    bars.update(sum);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(text()).toContain('layer 0');
    // A drawing begins with the way up from the end of the last one.
    const moves = text().split('\u001b[');
    const ways = moves.flatMap((move) => /^(\d+)A/.exec(move)?.[1] ?? []).map(Number);
    expect(ways.length).toBeGreaterThan(0);
    expect(Math.max(...ways)).toBeLessThan(6);
    bars.close();
  });

  it('keeps a sum that is done as a line, takes its parts down, and shows the cursor again', () => {
    const { stream, line, text } = terminal(24);
    const bars = movingBars(stream, plain, line);
    bars.update(part('layer', 10, true));
    bars.update({ ...sum, completed: 2, done: true });
    bars.close();
    expect(text()).toContain('sum ████████████████████████ 100% 2 B of 2 B\n');
    expect(text()).not.toContain('layer ██');
    expect(text().lastIndexOf('\u001b[?25h')).toBeGreaterThan(text().lastIndexOf('\u001b[?25l'));
  });

  it('writes lines above the bars and says how far it came when it is cut short', () => {
    const { stream, line, text } = terminal(24);
    const bars = movingBars(stream, plain, line);
    bars.update(sum);
    bars.above(['a warning']);
    bars.close();
    expect(text()).toMatch(/a warning\n[\s\S]*sum ████████████░░░░░░░░░░░░ {2}50% 1 B of 2 B\n$/);
  });
});
