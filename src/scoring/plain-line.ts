/**
 * Lines of rankings as plain as `Q100001,R200001,0.53`, read digit by digit: to cut them up, look up their ids as
 * texts and have the number parsed takes four times as long. What looks different in any way is for others to read.
 */

/** Where an id of a letter and six digits stands in a line. */
export interface PlainId {
  /** Of its letter. */
  readonly at: number;
  readonly letter: number;
  /** The id of a line. */
  of(line: string): string;
}

const digits = 6;
const [zero, point, comma] = [0x30, 0x2e, 0x2c];

function plainId(letter: string, at: number): PlainId {
  const of = (line: string) => line.slice(at, at + 1 + digits);
  return { at, letter: letter.charCodeAt(0), of };
}

const query = plainId('Q', 0);
const reference = plainId('R', digits + 2);

/** The ids of a plain line: where they are, how long they are with their commas, and how many there can be. */
export const plainIds = {
  query,
  reference,
  length: 2 * (digits + 2),
  count: 10 ** digits,
} as const;

/** The number in an id, and a comma behind it; -1 where that is not there. */
export function plainNumber(line: string, { at, letter }: PlainId): number {
  const end = at + 1 + digits;
  if (line.charCodeAt(at) !== letter || line.charCodeAt(end) !== comma) return -1;
  let number = 0;
  for (let place = at + 1; place < end; place += 1) {
    const digit = line.charCodeAt(place) - zero;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** More digits may not fit into the 53 bits of a float64 that are exact. */
const mostDigits = 15;

/**
 * The decimal without sign and exponent that goes from `at` to the end of a line; NaN for anything else. It is the
 * float64 next to it: both its digits and the power of ten that they are divided by are exact (W. D. Clinger, How to
 * Read Floating Point Numbers Accurately, 1990).
 */
export function plainDecimal(line: string, at: number): number {
  let number = 0;
  let scale = 0;
  for (let place = at; place < line.length; place += 1) {
    const code = line.charCodeAt(place);
    if (code === point && scale === 0 && place > at) scale = 1;
    else {
      const digit = code - zero;
      if (!(digit >= 0 && digit <= 9)) return Number.NaN;
      number = number * 10 + digit;
      scale *= 10;
    }
  }
  const length = line.length - at;
  if (length === 0 || length > mostDigits) return Number.NaN;
  return scale === 0 ? number : number / scale;
}
