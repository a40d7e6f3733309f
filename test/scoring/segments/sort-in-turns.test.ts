import { describe, expect, it } from 'vitest';
import { sortInTurns } from '../../../src/scoring/segments/sort-in-turns.ts';
import { Pace } from '../../../src/turn.ts';

describe('sorting while the event loop turns', () => {
  it.each([0, 1, 2 ** 16, 2 ** 16 + 1, 3 * 2 ** 16, 5 * 2 ** 16 + 17])(
    'sorts %d numbers as sort does',
    async (count) => {
      const numbers = Float64Array.from({ length: count }, (_, at) => Math.sin(at * at) * 1e3);
      const sorted = numbers.toSorted();
      await sortInTurns(numbers, new Pace(undefined));
      expect(Buffer.compare(Buffer.from(numbers.buffer), Buffer.from(sorted.buffer))).toBe(0);
    },
  );
});
