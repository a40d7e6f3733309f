/** Whole numbers from 0 to 2³² − 1, the same on every machine for the same seed. */
export type RandomUint32 = () => number;

/**
 * xoshiro128**, seeded through splitmix32. Only 32-bit integer arithmetic, no `Math.log` or
 * `Math.sin`, whose last digits differ between versions of V8.
 * @see https://prng.di.unimi.it/xoshiro128starstar.c by David Blackman and Sebastiano Vigna
 */
export function seededRandom(seed: number): RandomUint32 {
  const mixed = splitmix32(seed);
  let [a, b, c, d] = [mixed(), mixed(), mixed(), mixed()];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

/** A whole number from 0 to `bound` − 1; for the small bounds here its bias is below 10⁻⁵. */
export function randomBelow(random: RandomUint32, bound: number): number {
  return Math.floor((random() / 2 ** 32) * bound);
}

/** Spreads a small seed over many bits. @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
function splitmix32(seed: number): RandomUint32 {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
