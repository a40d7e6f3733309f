import { UsageError } from '../errors.ts';
import { quoted } from '../progress/visible.ts';

/** The seed where none is asked for: as with the subsets, the same for everyone. */
const defaultSeed = 42;

/** @throws UsageError for a text that is no whole number of 32 bits */
export function parseSeed(text: string | undefined): number {
  if (text === undefined) return defaultSeed;
  const seed = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (seed < 2 ** 32) return seed;
  throw new UsageError(`--seed is ${quoted(text)}, not a whole number from 0 to 4294967295.`);
}
