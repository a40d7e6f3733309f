/**
 * The lines that a terminal shows of a text, as far as programs' logs go: line ends, backspace, moves
 * and erasing in a line. It is endless, so that no line scrolls away or is wrapped.
 */
export function screenOf(text: string): string[] {
  const lines: string[][] = [[]];
  let [row, column] = [0, 0];
  const moves: Readonly<Record<string, (count: number) => void>> = {
    A: (count) => {
      row = Math.max(0, row - count);
    },
    B: (count) => {
      row += count;
    },
    C: (count) => {
      column += count;
    },
    D: (count) => {
      column = Math.max(0, column - count);
    },
    K: () => {
      lines[row] = [];
    },
    m: () => {},
  };
  const show = (character: string) => {
    if (character === '\n') [row, column] = [row + 1, 0];
    else if (character === '\r') column = 0;
    else if (character === '\b') column = Math.max(0, column - 1);
    else {
      const line = lines[row] ?? [];
      line[column] = character;
      lines[row] = line;
      column += 1;
    }
  };
  for (const [token, count, kind = ''] of text.matchAll(/\x1b\[(\d*)[\d;]*([A-DKm])|./gsu)) {
    const move = moves[kind];
    if (move === undefined) show(token);
    else move(Number(count) || 1);
  }
  return Array.from(lines, (line = []) => Array.from(line, (cell = ' ') => cell).join(''));
}
