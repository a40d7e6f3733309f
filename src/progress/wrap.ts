import { stripVTControlCharacters } from 'node:util';

/** Text that is wider is hard to read, however wide the terminal. */
export const widestText = 110;

/** Columns that what follows a line's beginning needs, to stand below itself. */
const leastColumns = 24;

/** Programs that people are told to type. */
const programs =
  'vsc|sudo|docker|podman|ls|rm|chmod|chown|find|ssh|npm|export|sbatch|scontrol|nvidia-smi|nvidia-ctk';

/**
 * What stays in one piece, for it may be copied: what is in quotes, a command at the end of a sentence or
 * in a column of its own, a word.
 */
const pieces = new RegExp(
  String.raw`\s*(?:"[^"]*"\S*|(?<=(?:: |^| {2}|→ |-> )\s*)(?:[A-Z_\d]+=\S+ )*(?:${programs}) (?:(?! {2}).)*|\S+)`,
  'g',
);

/**
 * A text for a terminal of so many columns: a line that is longer goes on below, under the beginning of
 * its last column (which two spaces set apart) or of what a list's mark stands before. Colours take no room.
 */
export function wrapped(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => broken(line, columns))
    .join('\n');
}

function broken(line: string, columns: number): string[] {
  if (widthOf(line) < columns && widthOf(line) <= widestText) return [line];
  const indent = hangingIndent(line, columns);
  const most = Math.min(columns - 1, indent + widestText);
  const lines: string[] = [];
  let current = '';
  for (const [piece] of line.matchAll(pieces)) {
    const gap = piece.length - piece.trimStart().length;
    const fits = widthOf(current + piece) <= most;
    // On a line of its own a long piece must have more room, or it may as well stay.
    if (fits || widthOf(current) + gap <= indent) current += piece;
    else {
      lines.push(current);
      current = ' '.repeat(indent) + piece.trimStart();
    }
  }
  return [...lines, current];
}

/** Where what goes on has to begin; an earlier column where the last one leaves too little room. */
function hangingIndent(line: string, columns: number): number {
  const starts = /(?:^| {2,})(?:(?:→|->) )?(?=\S)/g;
  const begins = [...stripVTControlCharacters(line).matchAll(starts)];
  const places = begins.map(({ index, 0: gap }) => index + gap.length);
  return places.findLast((place) => place + leastColumns <= columns) ?? 0;
}

function widthOf(line: string): number {
  return stripVTControlCharacters(line).length;
}
