/** Decimal in ASCII digits; no backtracking takes more than one pass over it. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const MISSING = /^(?:nan|na|null|none)?$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/** Why a field holds no finite number: the rule that it breaks. */
export type NumberFault = 'missing-value' | 'not-a-number' | 'not-finite';

/** What a message says to each fault. */
export const NUMBER_NEEDED = {
  'missing-value': 'every time and score needs a value',
  'not-a-number': 'needed is a decimal number such as 12.5',
  'not-finite': 'every time and score must be finite',
} as const satisfies Readonly<Record<NumberFault, string>>;

/** The number that a field holds, correctly rounded; not finite where {@link numberFault} says why. */
export function numberIn(field: string): number {
  if (DECIMAL.test(field)) return Number(field);
  const text = withoutBlanks(field);
  return DECIMAL.test(text) ? Number(text) : Number.NaN;
}

/** What is wrong with a field of which {@link numberIn} makes no finite number. */
export function numberFault(field: string): NumberFault {
  const text = withoutBlanks(field);
  if (MISSING.test(text)) return 'missing-value';
  return DECIMAL.test(text) || INFINITE.test(text) ? 'not-finite' : 'not-a-number';
}

/** Without blanks and tabs at both ends. `trim` would take what is no blank in ASCII. */
function withoutBlanks(field: string): string {
  let [start, end] = [0, field.length];
  while (start < end && isBlank(field.charCodeAt(start))) start += 1;
  while (start < end && isBlank(field.charCodeAt(end - 1))) end -= 1;
  return field.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
