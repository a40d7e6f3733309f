import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { EnvironmentError, systemCode } from '../errors.ts';
import { cannot, isSystemError } from '../files.ts';
import { openFile } from '../places.ts';
import { quoted } from '../progress/visible.ts';

/** Longer than any row of these files; more means binary data or a quote that is never closed. */
const maxRowLength = 65_536;

/** A longer line, in characters, is left to the parser and its limit. */
const maxPlainLength = 4096;

/** Bytes read at once. */
const readBytes = 256 * 1024;

/** One row: the values of the needed columns in the order asked for, and the whole of it. */
export interface CsvRow {
  readonly values: readonly string[];
  readonly fields: readonly string[];
  /** Counted from 1, the header included; the last line of a row that spans several. */
  readonly line: number;
}

/**
 * Reads a CSV file with a header, row by row, holding none: UTF-8 with or without a byte order mark,
 * any line ends, quoted fields, more columns than needed; blank lines don't count.
 *
 * @param needed names of columns, each of which has to be there once
 * @returns the header
 * @throws EnvironmentError naming the file, the line and what is wrong. `onRow` may throw one too.
 */
export async function readCsv(
  path: string,
  needed: readonly string[],
  onRow: (row: CsvRow) => void,
): Promise<readonly string[]> {
  const head: { header?: readonly string[]; indexes: readonly number[]; line: number } = {
    indexes: [],
    line: 0,
  };
  const onRecord: OnRecord = (fields, line) => {
    head.line = line;
    const { header, indexes } = head;
    // The parser decodes with U+FFFD for what isn't UTF-8, and no such file has that character.
    const wrong = fields.find((field) => field.includes('\uFFFD'));
    if (wrong !== undefined) throw csvError(path, line, `not UTF-8 text (${quoted(wrong)})`);
    if (header === undefined) {
      head.header = fields;
      head.indexes = needed.map((name) => columnIndex(path, line, fields, name));
    } else if (fields.length !== header.length) {
      const what = `the row has ${fields.length} fields, the header ${header.length}`;
      throw csvError(path, line, what);
    } else onRow({ values: indexes.map((index) => fields[index] as string), fields, line });
  };
  try {
    const file = await openFile(path);
    const texts = textsOf(path, file.createReadStream({ highWaterMark: readBytes }));
    try {
      const rest = await readPlain(texts, onRecord);
      if (rest !== undefined) await readRest(rest, texts, onRecord);
    } finally {
      await texts.return(undefined);
    }
  } catch (error) {
    throw translated(path, head.line + 1, error);
  }
  if (head.header === undefined) throw csvError(path, 1, 'the file is empty, not even a header');
  return head.header;
}

function columnIndex(path: string, line: number, header: readonly string[], name: string): number {
  const index = header.indexOf(name);
  const columns = header.slice(0, 12).map(quoted).join(', ');
  if (index < 0) throw csvError(path, line, `there is no column ${name}, only ${columns}`);
  if (header.lastIndexOf(name) === index) return index;
  throw csvError(path, line, `column ${name} is there twice`);
}

type OnRecord = (fields: readonly string[], line: number) => void;

/** Text that has to be parsed, from the start of a line, and how many lines are before it. */
interface Rest {
  readonly text: string;
  readonly lines: number;
}

/**
 * Reads lines without a quote, which need no parser (it takes six times as long), to the first block of
 * them that has one, or a line that is too long.
 * @returns what is left from there on
 */
async function readPlain(
  texts: AsyncIterator<string>,
  onRecord: OnRecord,
): Promise<Rest | undefined> {
  let text = '';
  let lines = 0;
  for (let isEnd = false; !isEnd; ) {
    const next = await texts.next();
    isEnd = next.done === true;
    if (!next.done) text += next.value;
    const end = isEnd ? text.length : text.lastIndexOf('\n') + 1;
    const rows = text.slice(0, end).split(/\r\n|\n|\r/);
    const isPlain = text.length - end <= maxPlainLength && !text.includes('"');
    if (!isPlain || rows.some(({ length }) => length > maxPlainLength)) return { text, lines };
    if (!isEnd) rows.pop(); // what is behind the last end of a line
    for (const row of rows) {
      lines += 1;
      if (row !== '') onRecord(row.split(','), lines);
    }
    text = text.slice(end);
  }
  return undefined;
}

async function readRest(
  { text, lines: before }: Rest,
  texts: AsyncIterable<string>,
  onRecord: OnRecord,
): Promise<void> {
  const parser = parse({
    max_record_size: maxRowLength,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    on_record: (fields: string[], { lines }) => {
      onRecord(fields, before + lines);
      return null;
    },
  });
  parser.resume();
  await pipeline(async function* () {
    yield text;
    yield* texts;
  }, parser);
}

/** The text of a file, with U+FFFD for what isn't UTF-8, without a byte order mark. */
async function* textsOf(path: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let isFirst = true;
  for await (const chunk of chunks) {
    // Its byte order mark would tell UTF-16; Python in the container does not look.
    if (isFirst && chunk[0] === 0xff && chunk[1] === 0xfe) {
      throw csvError(path, 1, 'not UTF-8 text but UTF-16');
    }
    isFirst = false;
    yield decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}

/** What csv-parse says, by the code of its error, in our words. */
const faults: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_MAX_RECORD_SIZE: 'the row is endless (is a quote never closed?)',
  INVALID_OPENING_QUOTE: 'a quote inside a field that is not quoted',
  CSV_INVALID_CLOSING_QUOTE: 'text after a closing quote',
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: 'text after a closing quote',
};

/** An error of csv-parse or the file system in our words. `line` is where the failed row begins. */
function translated(path: string, line: number, error: unknown): unknown {
  if (isSystemError(error)) return cannot(`read ${path}`, error);
  const what = faults[systemCode(error) ?? ''];
  return what === undefined ? error : csvError(path, line, what, error);
}

/** A row as it is written, without the end of the line. */
export function csvLine(fields: readonly string[]): string {
  return fields
    .map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}

/** Decimal, as Python's `float` reads it too; no `nan`, no `inf`, no hexadecimal. */
const decimal = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/** The number that a field holds; NaN where it is none. May be infinite. */
export function parseDecimal(text: string): number {
  return decimal.test(text) ? Number(text) : Number.NaN;
}

/** A fault in a CSV file, said the same way everywhere. */
export function csvError(
  path: string,
  line: number,
  what: string,
  cause?: unknown,
): EnvironmentError {
  return new EnvironmentError(
    `${path}, line ${line}: ${what}.`,
    ['Mend that line, or fetch the file again.'],
    { cause },
  );
}
