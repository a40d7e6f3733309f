import { mersenne } from 'pure-rand/generator/mersenne';

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
 * The same ones that `pandas.Series(ids).sample(k, random_state=numpy.random.RandomState(42))`
 * picks: pandas asks `RandomState.choice(n, k, replace=False)`, which is `permutation(n)[:k]`, which
 * shuffles 0 … n − 1 from the end (Fisher and Yates; numpy's `mtrand.pyx`).
 *
 * @param ids in file order, which decides what is drawn
 */
export function sampleIds(ids: readonly string[], proportion: number): string[] {
  return shuffled(ids).slice(0, subsetSize(ids.length, proportion)).sort();
}

/**
 * The subset where only some videos of the list are there: drawn from these, unless they are the ones
 * that a proportion draws, as `vsc download` fetches them. A smaller draw is part of a larger one, so
 * then it is the subset of the whole list, which everyone gets.
 *
 * @param listed in file order, as `present`
 * @returns sorted, and whether it is the subset of the whole list
 */
export function sampleOfPresent(
  listed: readonly string[],
  present: readonly string[],
  proportion: number,
): { readonly ids: string[]; readonly isEveryones: boolean } {
  const isEveryones =
    subsetSize(listed.length, proportion) <= present.length && isSample(listed, present);
  return { ids: sampleIds(isEveryones ? listed : present, proportion), isEveryones };
}

/** Whether `present` are those of the list that some proportion draws. */
export function isSample(listed: readonly string[], present: readonly string[]): boolean {
  const there = new Set(present);
  return shuffled(listed)
    .slice(0, present.length)
    .every((id) => there.has(id));
}

/** The order in which ids are drawn. */
function shuffled(ids: readonly string[]): string[] {
  const random = mersenne(subsetSeed);
  const order = [...ids];
  for (let last = order.length - 1; last > 0; last -= 1) {
    // numpy's `random_interval`: masked to the next power of two, drawn again while it is too large.
    const mask = 0xffffffff >>> Math.clz32(last);
    let chosen = random.next() & mask;
    while (chosen > last) chosen = random.next() & mask;
    [order[last], order[chosen]] = [order[chosen] as string, order[last] as string];
  }
  return order;
}
