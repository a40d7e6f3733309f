import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { EnvironmentError, systemCode } from '../errors.ts';
import { cannot, isSystemError } from '../files.ts';
import { openFile } from '../places.ts';
import { quoted } from '../progress/visible.ts';

/** Longer than any row of these files; more means binary data or a quote that is never closed. */
const maxRowLength = 65_536;

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
  const onRecord = (fields: readonly string[], line: number) => {
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
  const parser = parse({
    bom: true,
    max_record_size: maxRowLength,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    on_record: (fields: string[], { lines }) => {
      onRecord(fields, lines);
      return null;
    },
  });
  parser.resume();
  try {
    const file = await openFile(path);
    await pipeline(file.createReadStream(), refuseUtf16(path), parser);
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

/** csv-parse would read UTF-16 by its byte order mark; Python in the container would not. */
function refuseUtf16(path: string): (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer> {
  return async function* (source) {
    let first = true;
    for await (const chunk of source) {
      if (first && chunk[0] === 0xff && chunk[1] === 0xfe) {
        throw csvError(path, 1, 'not UTF-8 text but UTF-16');
      }
      first = false;
      yield chunk;
    }
  };
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
