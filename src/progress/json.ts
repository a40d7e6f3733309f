/** What JSON allows in its texts as it is, and no terminal should get; the rest JSON escapes itself. */
const unfit = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A value as JSON of which nothing acts on whoever is shown it: what can't be seen is escaped, and no
 * CI reads a command in it. Parsed it is the same value.
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent)
    .replace(unfit, escapeUnits)
    .replaceAll('##', '#\\u0023');
}

function escapeUnits(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
