import { stripVTControlCharacters } from 'node:util';

/** Text that is wider is hard to read, however wide the terminal. */
export const widestText = 110;

/** Columns that what follows a line's beginning needs, to stand below itself. */
const leastColumns = 24;

/**
 * A text for a terminal of so many columns: a line that is longer goes on below, under the beginning of
 * its last column (which two spaces set apart). A word that is too long stays whole, so that a path can
 * be copied. Colours take no room.
 */
export function wrapped(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => lineOf(line, columns))
    .join('\n');
}

function lineOf(line: string, columns: number): string[] {
  if (widthOf(line) < columns && widthOf(line) <= widestText) return [line];
  const indent = hangingIndent(line, columns);
  const most = Math.min(columns - 1, indent + widestText);
  const lines: string[] = [];
  let current = '';
  for (const [chunk] of line.matchAll(/\s*\S+/g)) {
    if (current.trim() === '' || widthOf(current + chunk) <= most) current += chunk;
    else {
      lines.push(current);
      current = ' '.repeat(indent) + chunk.trimStart();
    }
  }
  return [...lines, current];
}

/** Where a line's last column begins; its first word, with room for what follows, where that is too far. */
function hangingIndent(line: string, columns: number): number {
  const begins = [...stripVTControlCharacters(line).matchAll(/(?:^| {2,})(?=\S)/g)].map(
    ({ index, 0: gap }) => index + gap.length,
  );
  const last = begins.findLast((column) => column + leastColumns <= columns);
  return last ?? 0;
}

function widthOf(line: string): number {
  return stripVTControlCharacters(line).length;
}
