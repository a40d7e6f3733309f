import { beginningOfCommand, withoutCommands } from './ci-commands.ts';
import { escapeOf } from './visible.ts';

/**
 * The escape sequences that pass, as progress bars and coloured logs use them: colours, erasing in a
 * line, and moves. Their parameters are limited, so that an unfinished one is short.
 */
const passing = /\x1b\[[0-9;]{0,32}[A-DKm]/g;

/** An escape sequence that passes, or a character that would not be seen. */
const special =
  /\x1b(?:\[([0-9;]{0,32})([A-DKm]))?|(?![\t\n\r\b])\p{Cc}|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Whether there is one. */
const anySpecial = new RegExp(special.source, 'u');

/** The beginning of an escape sequence, which the next chunk may complete. */
const unfinished = /^\x1b(?:\[[0-9;]{0,32})?$/;
const longestUnfinished = 34;

/** What is known of where the output has brought the cursor, and in what state. */
interface Cursor {
  /** Lines below the first one that the output began. */
  row: number;
  /** The same of the lowest line that it has reached. */
  lowest: number;
  /** Whether there may be text in that lowest line. */
  begun: boolean;
  /** Whether what comes next would be coloured, or whatever the last sequence made it. */
  styled: boolean;
  /** What of the last line may be the beginning of a CI's command. */
  command: string;
}

const untouched: Readonly<Cursor> = { row: 0, lowest: 0, begun: false, styled: false, command: '' };

/**
 * Lets another program's output pass, and of terminals' control sequences only those that colour it
 * or move the cursor within the lines that it has written itself. Whatever else would not be seen is
 * shown as an escape, and bytes that are no UTF-8 as U+FFFD. What has passed passes unchanged again,
 * and what passes does not depend on how the output was cut into chunks.
 */
export class OutputFilter {
  readonly #inCi: boolean;
  #cursor: Cursor = { ...untouched };
  #bytes: Buffer = Buffer.alloc(0);
  #sequence = '';

  /** @param inCi whether a CI reads along, and would obey commands */
  constructor(inCi: boolean) {
    this.#inCi = inCi;
  }

  /** What of the output so far may be shown; an unfinished letter or sequence waits for the next chunk. */
  push(chunk: Uint8Array): Buffer {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const bytes = this.#bytes.length === 0 ? fresh : Buffer.concat([this.#bytes, fresh]);
    const end = endOfLetters(bytes);
    this.#bytes = Buffer.from(bytes.subarray(end));
    const text = this.#sequence + bytes.toString('utf8', 0, end);
    this.#sequence = unfinishedSequence(text);
    return Buffer.from(this.#shown(text.slice(0, text.length - this.#sequence.length)));
  }

  /**
   * What was still waiting, and what ends the output: the cursor goes below its last line, in plain
   * style. What comes after is another output.
   */
  end(): Buffer {
    const rest = this.#shown(this.#sequence + this.#bytes.toString());
    const { row, lowest, begun, styled } = this.#cursor;
    this.#forget();
    const style = styled ? '\x1b[0m' : '';
    const down = row < lowest ? `\x1b[${lowest - row}B` : '';
    return Buffer.from(`${rest}${style}${down}${begun ? '\n' : ''}`);
  }

  /** A filter of output that has come as far as this one's, but for what is still waiting. */
  copy(): OutputFilter {
    const copy = new OutputFilter(this.#inCi);
    copy.#cursor = { ...this.#cursor };
    return copy;
  }

  #forget(): void {
    this.#cursor = { ...untouched };
    this.#bytes = Buffer.alloc(0);
    this.#sequence = '';
  }

  #shown(text: string): string {
    const shown = this.#withoutSpecial(text);
    if (!this.#inCi) return shown;
    const { command } = this.#cursor;
    const safe = withoutCommands(command + shown);
    this.#cursor.command = beginningOfCommand(safe);
    return safe.slice(command.length);
  }

  #withoutSpecial(text: string): string {
    if (!anySpecial.test(text)) {
      this.#follow(text);
      return text;
    }
    let followed = 0;
    const shown = text.replace(special, (found, parameters: string, kind: string, at: number) => {
      if (kind === undefined) return harmless(found);
      if (kind === 'm') this.#cursor.styled = !/^0*$/.test(parameters);
      if (kind !== 'A' && kind !== 'B') return found;
      this.#follow(text.slice(followed, at));
      followed = at;
      return this.#move(found, Number.parseInt(parameters, 10) || 1, kind);
    });
    this.#follow(text.slice(followed));
    return shown;
  }

  /** Follows the cursor through text without moves between lines. */
  #follow(text: string): void {
    const cursor = this.#cursor;
    const end = text.lastIndexOf('\n');
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) cursor.row += 1;
    const showsText = isText(text.slice(end + 1));
    if (cursor.row > cursor.lowest) {
      cursor.lowest = cursor.row;
      cursor.begun = showsText;
    } else if (end >= 0 || showsText) {
      // It may also have come from a line above, and have filled more than that one.
      cursor.begun = true;
    }
  }

  /** A move up or down, cut to the lines that there are; shown as an escape where there is none. */
  #move(found: string, lines: number, kind: 'A' | 'B'): string {
    const cursor = this.#cursor;
    const allowed = kind === 'A' ? cursor.row : cursor.lowest - cursor.row;
    cursor.begun = true;
    if (allowed === 0) return harmless(found);
    const moved = Math.min(lines, allowed);
    cursor.row += kind === 'A' ? -moved : moved;
    return moved === lines ? found : `\x1b[${moved}${kind}`;
  }
}

/** Output as text that stays where it is: without the sequences that pass. */
export function withoutSequences(text: string): string {
  return text.replace(passing, '');
}

/** A line of another program's log by itself: in its colours, and moving no further than its ends. */
export function logLine(line: string, inCi: boolean): string {
  const filter = new OutputFilter(inCi);
  return `${filter.push(Buffer.from(line))}${filter.end()}`.replace(/\n$/, '');
}

/** A character, or a sequence that begins with one, that shows what it is and does nothing. */
function harmless(found: string): string {
  return found.startsWith('\x1b') ? `\\x1b${found.slice(1)}` : escapeOf(found);
}

/** Where the letters end that are there with all their bytes. What is no UTF-8 is a letter too. */
function endOfLetters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (byte >= 0xc0) return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function unfinishedSequence(text: string): string {
  const start = text.lastIndexOf('\x1b');
  if (start < 0 || text.length - start > longestUnfinished) return '';
  return unfinished.exec(text.slice(start))?.[0] ?? '';
}

/** Whether something is left to be seen of a line, but for what has changed its look. */
function isText(line: string): boolean {
  if (line === '' || !/^[\r\x1b]/.test(line)) return line !== '';
  return withoutSequences(line).replaceAll('\r', '') !== '';
}
