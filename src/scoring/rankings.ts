import { parseDecimal } from '../dataset/csv.ts';
import { openFile } from '../places.ts';
import { quoted } from '../progress/visible.ts';
import { plainDecimal, plainIds, plainNumber } from './plain-line.ts';
import { type RankingTable, RankingTableBuilder } from './ranking-table.ts';

/** How rankings have to look. */
export interface RankingsForm {
  /** What they are called in messages. */
  readonly name: string;
  /** As the competition's archive has them: these three columns, scores never rising. */
  readonly strict: boolean;
  /** Makes the error for what is wrong; the sentence names the file and the line. */
  readonly fail: (message: string) => Error;
}

const COLUMNS = ['query_id', 'ref_id', 'score'];
/** A longer line is no ranking. */
const MAX_LINE_BYTES = 4096;
const MAX_BYTES = 2 ** 30;
/** More pairs than this are no rankings: the competition keeps 25 per query, 200,000 or so. */
const MAX_PAIRS = { strict: 1_000_000, any: 5_000_000 } as const;
/** A UTF-8 byte order mark, its bytes read one by one. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/**
 * Reads rankings (CSV with the columns `query_id,ref_id,score`) chunk by chunk: at least three times as
 * fast as a general CSV parser, which fields without commas don't need. Quotes around a field, CR LF
 * and blank lines are all right. Holds the pairs and never more than a line of text.
 */
export class RankingsReader {
  readonly #form: RankingsForm;
  readonly #builder: RankingTableBuilder;
  #columns: readonly number[] | undefined;
  #line = 0;
  #bytes = 0;
  #rest = '';
  #last = Number.POSITIVE_INFINITY;
  /** Whether the columns are these three in their order: then most lines are plain. */
  #isPlain = false;

  constructor(form: RankingsForm) {
    this.#form = form;
    const most = form.strict ? MAX_PAIRS.strict : MAX_PAIRS.any;
    this.#builder = new RankingTableBuilder((what) => this.#failed(what), most);
  }

  /** Throws what `fail` makes. */
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_BYTES) throw this.#failed('it is larger than 1 GB');
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const lines = (this.#rest + bytes.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#see(line);
    if (this.#rest.length > MAX_LINE_BYTES) throw this.#tooLong();
  }

  /** The pairs, in the order of the file. Throws what `fail` makes. */
  end(): RankingTable {
    if (this.#rest !== '') this.#see(this.#rest);
    if (this.#columns === undefined) {
      throw this.#form.fail(`${this.#form.name} is empty: not even the columns are there.`);
    }
    return this.#builder.table();
  }

  #see(line: string): void {
    this.#line += 1;
    if (this.#isPlain && this.#plainRow(line)) return;
    if (line.length > MAX_LINE_BYTES) throw this.#tooLong();
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (text.trim() === '') return;
    if (this.#columns === undefined) this.#columns = this.#header(text);
    else this.#row(text, this.#columns);
  }

  /** Takes a line that is written as plainly as can be. @returns whether it is */
  #plainRow(line: string): boolean {
    const score = plainDecimal(line, plainIds.length);
    const query = plainNumber(line, plainIds.query);
    const reference = plainNumber(line, plainIds.reference);
    if (Number.isNaN(score) || query < 0 || reference < 0) return false;
    this.#requireOrder(score);
    this.#builder.addPlain(line, query, reference, score);
    return true;
  }

  #header(text: string): readonly number[] {
    const plain = text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
    const found = fieldsOf(plain);
    const places = COLUMNS.map((column) => found.indexOf(column));
    this.#isPlain = found.join() === COLUMNS.join();
    const isOther = this.#form.strict && !this.#isPlain;
    if (!isOther && !places.includes(-1)) return places;
    throw this.#failed(`the columns are not ${COLUMNS.join()}`);
  }

  #row(text: string, [atQuery = 0, atReference = 1, atScore = 2]: readonly number[]): void {
    const { strict } = this.#form;
    const fields = fieldsOf(text);
    const query = fields[atQuery];
    const reference = fields[atReference];
    const score = parseDecimal(fields[atScore] ?? '');
    const tooLong = strict && fields.length !== COLUMNS.length;
    if (
      /^\s*[+-]?(?:nan|inf(?:inity)?)\s*$/i.test(fields[atScore] ?? '') ||
      Math.abs(score) === Infinity
    ) {
      throw this.#failed(`its score is ${quoted(fields[atScore] ?? '')}; scores have to be finite`);
    }
    if (!query || !reference || tooLong || Number.isNaN(score)) {
      throw this.#failed(`${quoted(text)} is no ranking`);
    }
    this.#requireOrder(score);
    this.#builder.add(query, reference, score);
  }

  #requireOrder(score: number): void {
    const isStrict = this.#form.strict;
    if (isStrict && score > this.#last)
      throw this.#failed('the scores are not in descending order');
    this.#last = score;
  }

  #tooLong(): Error {
    return this.#failed(`it is longer than ${MAX_LINE_BYTES} bytes`);
  }

  #failed(what: string): Error {
    return this.#form.fail(`${this.#form.name}, line ${this.#line}: ${what}.`);
  }
}

/** Reads the rankings in the file at `path`. Throws what `fail` makes, and the system's errors. */
export async function readRankingsFile(path: string, form: RankingsForm): Promise<RankingTable> {
  const reader = new RankingsReader(form);
  const file = await openFile(path);
  for await (const chunk of file.createReadStream()) reader.push(chunk as Buffer);
  return reader.end();
}

function fieldsOf(line: string): string[] {
  const fields = line.split(',');
  return line.includes('"') ? fields.map((field) => field.replace(/^"(.*)"$/, '$1')) : fields;
}
