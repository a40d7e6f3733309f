import { MersenneTwister } from './mersenne-twister.ts';

/** The seed of the contract: with it everyone draws the same subset. */
const subsetSeed = 42;

/**
 * How many of `n` videos a subset has: Python's `math.ceil(n * proportion)`. The product is rounded
 * to a double first in both languages, so 100 × 0.07 (7.000000000000001) makes 8 here as there.
 *
 * @throws RangeError unless 0 < proportion ≤ 1; the settings have checked that before.
 */
export function subsetSize(n: number, proportion: number): number {
  if (!(proportion > 0 && proportion <= 1)) {
    throw new RangeError(`The proportion is ${proportion}; it has to be over 0 and at most 1.`);
  }
  return Math.ceil(n * proportion);
}

/**
 * The seeded random subset of `ids`: as many as {@link subsetSize} says, sorted.
 *
 * The same ones that `pandas.Series(ids).sample(k, random_state=numpy.random.RandomState(seed))`
 * picks: pandas asks `RandomState.choice(n, k, replace=False)`, which is `permutation(n)[:k]`, which
 * shuffles 0 … n − 1 from the end (Fisher and Yates; numpy's `mtrand.pyx`).
 *
 * @param ids in file order, which decides what is drawn
 */
export function sampleIds(
  ids: readonly string[],
  proportion: number,
  seed: number = subsetSeed,
): string[] {
  const order = permutation(ids.length, new MersenneTwister(seed));
  return Array.from(
    order.subarray(0, subsetSize(ids.length, proportion)),
    (index) => ids[index] as string,
  ).sort();
}

function permutation(n: number, random: MersenneTwister): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, index) => index);
  for (let i = n - 1; i > 0; i--) {
    const j = random.nextInterval(i);
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}
