import { quoted } from '../progress/visible.ts';

/** The columns of submitted matches, in their order; a ground truth has all but the last. */
export const COLUMNS = [
  'query_id',
  'ref_id',
  'query_start',
  'query_end',
  'ref_start',
  'ref_end',
  'score',
] as const;

/** One of {@link COLUMNS}. */
export type Column = (typeof COLUMNS)[number];

/** A longer line is no segment. */
const MAX_LINE_BYTES = 4096;
const MAX_BYTES = 2 ** 30;
/** A UTF-8 byte order mark, its bytes read one by one. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
/** Controls, which no text has; blanks and line ends are not among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is sought
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;
/** What a plain text has none of: it can be cut at its commas and line feeds. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is sought
const NOT_PLAIN = /[\0-\x08\x0b-\x1f\x7f"]/;
const BLANK = /^[ \t]*$/;
const QUOTED = /^"[^"]*"$/;

/** What can't be read as rows, told as the end of a sentence; nothing after it is read. */
export class UnreadableRows extends Error {
  /** Counted from 1; none where it is the file as a whole. */
  readonly line: number | undefined;

  constructor(what: string, line?: number) {
    super(what);
    this.line = line;
  }
}

/** Takes a row: its fields without their quotes, and its line, counted from 1. */
export type OnRow = (fields: readonly string[], line: number) => void;

/**
 * Cuts a CSV of matches into rows, chunk by chunk; never holds more than a line. Lines end by LF, CR LF
 * or CR; a byte order mark and blank lines are passed over. A field may be in quotes, but hold neither
 * quotes nor commas. Bytes are read as latin1: all that is allowed is ASCII.
 */
export class MatchRows {
  readonly #onRow: OnRow;
  readonly #most: number;
  #line = 0;
  #bytes = 0;
  #rest = '';

  constructor(onRow: OnRow, most = MAX_BYTES) {
    this.#onRow = onRow;
    this.#most = most;
  }

  /** Throws {@link UnreadableRows}, and what `onRow` throws. */
  push(chunk: Uint8Array): void {
    const left = this.#most - this.#bytes;
    this.#bytes += chunk.length;
    this.#cut(Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.length, left)));
    if (chunk.length > left) throw new UnreadableRows('it is larger than 1 GiB');
  }

  /** The last line may lack its end. Throws as `push` does. */
  end(): void {
    const line = this.#rest.replace(/\r$/, '');
    if (this.#rest !== '') this.#see(line, false);
  }

  #cut(bytes: Buffer): void {
    const text = this.#rest + bytes.toString('latin1');
    const isPlain = !NOT_PLAIN.test(text);
    // What follows a CR at the end tells whether it is half of a line end.
    const held = text.endsWith('\r') ? '\r' : '';
    const whole = held === '' ? text : text.slice(0, -1);
    const lines = isPlain ? whole.split('\n') : whole.split(/\r\n?|\n/);
    const last = lines.pop() ?? '';
    for (const line of lines) this.#see(line, isPlain);
    if (last.length > MAX_LINE_BYTES) throw tooLong(this.#line + 1);
    this.#rest = last + held;
  }

  #see(line: string, isPlain: boolean): void {
    this.#line += 1;
    if (line.length > MAX_LINE_BYTES) throw tooLong(this.#line);
    const isMarked = this.#line === 1 && line.startsWith(BYTE_ORDER_MARK);
    const text = isMarked ? line.slice(BYTE_ORDER_MARK.length) : line;
    if (BLANK.test(text)) return;
    this.#onRow(isPlain ? text.split(',') : this.#fields(text), this.#line);
  }

  #fields(text: string): readonly string[] {
    if (CONTROL.test(text)) {
      throw new UnreadableRows('it has control characters, as no text has', this.#line);
    }
    const fields = text.split(',');
    if (!text.includes('"')) return fields;
    return fields.map((field) => {
      if (!field.includes('"')) return field;
      if (QUOTED.test(field)) return field.slice(1, -1);
      throw new UnreadableRows('it has a quote that is not around a whole field', this.#line);
    });
  }
}

function tooLong(line: number): UnreadableRows {
  return new UnreadableRows(`it is longer than ${MAX_LINE_BYTES} bytes`, line);
}

/** A field as a message shows it. It was read as latin1; most texts are UTF-8. */
export function shown(field: string): string {
  return field === '' ? 'nothing' : quoted(Buffer.from(field, 'latin1').toString());
}
