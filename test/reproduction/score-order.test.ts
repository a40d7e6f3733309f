import { expect, it } from 'vitest';
import { sameOrder } from '../../src/reproduction/score-order.ts';
import { Pace } from '../../src/turn.ts';

const order = (one: readonly number[], other: readonly number[]) =>
  sameOrder(Float64Array.from(one), Float64Array.from(other), new Pace(undefined));

it.each([
  ['nothing', [], [], null],
  ['one item', [1], [2], null],
  ['the same order', [1, 2, 3, 4], [10, 20, 300, 4000], 1],
  ['the opposite', [1, 2, 3, 4], [4, 3, 2, 1], 0],
  ['two neighbours exchanged', [1, 2, 3, 4], [1, 3, 2, 4], 5 / 6],
  ['ties in both', [1, 1, 2, 2], [5, 5, 7, 7], 1],
  ['a tie in one', [1, 1, 2, 3], [1, 2, 3, 4], 5 / 6],
  ['a tie in the other', [1, 2, 3, 4], [1, 1, 3, 4], 5 / 6],
  ['ties in one alone', [1, 1, 1], [1, 2, 3], 0],
])('%s', async (_, one, other, share) => {
  expect(await order(one, other)).toBe(share);
});

it('is what counting all pairs gives', async () => {
  let state = 3;
  const draw = () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state % 12) - 6;
  };
  for (let size = 2; size < 70; size += 1) {
    const one = Array.from({ length: size }, draw);
    const other = Array.from({ length: size }, draw);
    let [same, all] = [0, 0];
    for (let a = 0; a < size; a += 1) {
      for (let b = 0; b < a; b += 1) {
        all += 1;
        const [first, second] = [one, other].map((list) =>
          Math.sign((list[a] as number) - (list[b] as number)),
        );
        if (first === second) same += 1;
      }
    }
    expect(await order(one, other)).toBeCloseTo(same / all, 12);
  }
});
