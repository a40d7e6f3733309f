import { openFile } from '../places.ts';
import type { MatchTable } from './match-table.ts';
import { MatchTableBuilder, type SegmentValues } from './match-table-builder.ts';
import { NUMBER_NEEDED, numberFault, numberIn } from './numbers.ts';
import { COLUMNS, type Column, MatchRows, shown, UnreadableRows } from './rows.ts';

/** How matches have to look. */
export interface MatchesForm {
  /** What they are called in messages. */
  readonly name: string;
  /**
   * `submitted`: exactly the seven columns; `any`: these in any order, and others, which are passed
   * over; `truth`: the same without a score.
   */
  readonly columns: 'submitted' | 'any' | 'truth';
  /** Makes the error for what is wrong; the sentence names the file, the line and the column. */
  readonly fail: (message: string) => Error;
}

/** More are no matches of this challenge, and would fill the memory. */
const MAX_SEGMENTS = 5_000_000;
/** Ids are printable ASCII: a terminal may be shown them as they are. */
const ID = /^[\x21-\x7e]{1,64}$/;
/** What the reference takes for the number of a video, if all of the column are such. */
const NUMERIC_ID = /^\d{1,18}$/;
const LETTERS = { query_id: 'Q', ref_id: 'R' } as const;

/**
 * Reads matches for the score, chunk by chunk; holds the segments and never more than a line of text.
 * As in the reference, segments may be negative, reversed or without length, and a column of ids that
 * are all numbers gets its letter and six digits: 7 is `Q000007`.
 */
export class MatchesReader {
  readonly #form: MatchesForm;
  readonly #builder = new MatchTableBuilder();
  readonly #rows = new MatchRows((fields, line) => this.#see(fields, line));
  readonly #needed: readonly Column[];
  /** Whether the ids of a column are numbers; the first row tells. */
  readonly #areNumbers = new Map<Column, boolean>();
  #columns: { readonly count: number; readonly places: readonly number[] } | undefined;
  #line = 0;

  constructor(form: MatchesForm) {
    this.#form = form;
    this.#needed = form.columns === 'truth' ? COLUMNS.slice(0, -1) : COLUMNS;
  }

  /** Throws what `fail` makes. */
  push(chunk: Uint8Array): void {
    this.#reading(() => this.#rows.push(chunk));
  }

  /** The segments, in the order of the file. Throws what `fail` makes. */
  end(): MatchTable {
    this.#reading(() => this.#rows.end());
    if (this.#columns === undefined) {
      throw this.#form.fail(`${this.#form.name} is empty: not even the columns are there.`);
    }
    return this.#builder.table();
  }

  #reading(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof UnreadableRows)) throw error;
      const where = error.line === undefined ? '' : `, line ${error.line}`;
      throw this.#form.fail(`${this.#form.name}${where}: ${error.message}.`);
    }
  }

  #see(fields: readonly string[], line: number): void {
    this.#line = line;
    if (this.#columns === undefined) this.#columns = this.#header(fields);
    else this.#segment(fields, this.#columns);
  }

  #header(found: readonly string[]) {
    const needed = this.#needed;
    const places = needed.map((column) => found.indexOf(column));
    const isOther = this.#form.columns === 'submitted' && found.join() !== needed.join();
    const missing = needed.find((_, at) => places[at] === -1);
    const twice = needed.find((column, at) => found.lastIndexOf(column) !== places[at]);
    if (missing !== undefined) throw this.#failed(`there is no column ${missing}`);
    if (twice !== undefined) throw this.#failed(`the column ${twice} is there twice`);
    if (isOther) throw this.#failed(`the columns are not ${needed.join()} in this order`);
    return { count: found.length, places };
  }

  #segment(
    fields: readonly string[],
    { count, places }: { readonly count: number; readonly places: readonly number[] },
  ): void {
    if (fields.length !== count) {
      throw this.#failed(`it has ${fields.length} fields, the header ${count}`);
    }
    if (this.#builder.length === MAX_SEGMENTS) {
      throw this.#failed(`there are more than ${MAX_SEGMENTS} segments`);
    }
    const query = this.#id('query_id', fields[places[0] as number] as string);
    const reference = this.#id('ref_id', fields[places[1] as number] as string);
    const at = (column: number) => this.#number(column, fields[places[column] as number]);
    const score = this.#needed.length === COLUMNS.length ? at(6) : 0;
    const values: SegmentValues = [at(2), at(3), at(4), at(5), score];
    this.#builder.add(query, reference, values);
  }

  #id(column: keyof typeof LETTERS, id: string): string {
    const isNumber = NUMERIC_ID.test(id);
    const areNumbers = this.#areNumbers.get(column) ?? isNumber;
    this.#areNumbers.set(column, areNumbers);
    const letter = LETTERS[column];
    if (areNumbers && isNumber) return letter + id.replace(/^0+/, '').padStart(6, '0');
    if (!ID.test(id)) throw this.#failed(`found ${shown(id)}, which is no video id`, column);
    if (areNumbers) throw this.#failed(`found ${shown(id)} among ids that are numbers`, column);
    if (id.startsWith(letter)) return id;
    throw this.#failed(`found ${shown(id)}; ids of this column start with ${letter}`, column);
  }

  #number(column: number, field = ''): number {
    const number = numberIn(field);
    if (Number.isFinite(number)) return number;
    const needed = NUMBER_NEEDED[numberFault(field)];
    throw this.#failed(`found ${shown(field)}; ${needed}`, COLUMNS[column]);
  }

  #failed(what: string, column?: Column): Error {
    const where = `${this.#form.name}, line ${this.#line}`;
    return this.#form.fail(`${where}${column === undefined ? '' : `, ${column}`}: ${what}.`);
  }
}

/**
 * Reads the matches in the file at `path`. Throws what `fail` makes, the signal's reason, and the
 * system's errors.
 */
export async function readMatchesFile(
  path: string,
  form: MatchesForm,
  signal?: AbortSignal,
): Promise<MatchTable> {
  const reader = new MatchesReader(form);
  const file = await openFile(path);
  for await (const chunk of file.createReadStream({ ...(signal && { signal }) })) {
    reader.push(chunk as Buffer);
  }
  return reader.end();
}
