import { parseDecimal } from '../dataset/csv.ts';
import { openFile } from '../places.ts';
import { quoted } from '../progress/visible.ts';

/** Video pairs and their scores, column by column: a pair takes 16 bytes and each id is held once. */
export interface RankingTable {
  /** Number of pairs; the columns are as long. */
  readonly length: number;
  /** Place in `query` and `reference` by id. */
  readonly queries: ReadonlyMap<string, number>;
  readonly references: ReadonlyMap<string, number>;
  readonly query: Uint32Array;
  readonly reference: Uint32Array;
  /** Finite. */
  readonly score: Float64Array;
}

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
const MAX_IDS = 1_000_000;
/** Ids are printable ASCII: a terminal may be shown them as they are. */
const ID = /^[\x21-\x7e]{1,64}$/;
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
    if (line.length > MAX_LINE_BYTES) throw this.#tooLong();
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (text.trim() === '') return;
    if (this.#columns === undefined) this.#columns = this.#header(text);
    else this.#row(text, this.#columns);
  }

  #header(text: string): readonly number[] {
    const plain = text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
    const found = fieldsOf(plain);
    const places = COLUMNS.map((column) => found.indexOf(column));
    const isOther = this.#form.strict && found.join() !== COLUMNS.join();
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
    if (strict && score > this.#last) throw this.#failed('the scores are not in descending order');
    this.#last = score;
    this.#builder.add(query, reference, score);
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

/** Collects pairs as they are read. What can't be one is said by a throw of what `fail` makes. */
export class RankingTableBuilder {
  readonly #fail: (what: string) => Error;
  readonly #most: number;
  readonly #queries = new Map<string, number>();
  readonly #references = new Map<string, number>();
  #query = new Uint32Array(1024);
  #reference = new Uint32Array(1024);
  #score = new Float64Array(1024);
  #length = 0;

  constructor(fail: (what: string) => Error, most: number = MAX_PAIRS.any) {
    this.#fail = fail;
    this.#most = most;
  }

  add(query: string, reference: string, score: number): void {
    const row = this.#length;
    if (row === this.#most) throw this.#fail(`there are more than ${this.#most} pairs`);
    if (row === this.#score.length) this.#grow();
    this.#query[row] = this.#placeOf(query, this.#queries);
    this.#reference[row] = this.#placeOf(reference, this.#references);
    this.#score[row] = score;
    this.#length = row + 1;
  }

  /** All that was added. Throws where a pair is there twice. */
  table(): RankingTable {
    const length = this.#length;
    const table = {
      length,
      queries: this.#queries,
      references: this.#references,
      query: this.#query.subarray(0, length),
      reference: this.#reference.subarray(0, length),
      score: this.#score.subarray(0, length),
    };
    const repeated = findRepeated(table);
    if (repeated !== undefined) {
      throw this.#fail(`the pair ${repeated} is there more than once; it may occur once`);
    }
    return table;
  }

  #placeOf(id: string, places: Map<string, number>): number {
    const known = places.get(id);
    if (known !== undefined) return known;
    if (!ID.test(id)) throw this.#fail(`${quoted(id)} is no video id`);
    if (places.size === MAX_IDS) throw this.#fail(`there are more than ${MAX_IDS} videos`);
    places.set(id, places.size);
    return places.size - 1;
  }

  #grow(): void {
    const capacity = 2 * this.#score.length;
    const [query, reference, score] = [this.#query, this.#reference, this.#score];
    this.#query = new Uint32Array(capacity);
    this.#reference = new Uint32Array(capacity);
    this.#score = new Float64Array(capacity);
    this.#query.set(query);
    this.#reference.set(reference);
    this.#score.set(score);
  }
}

/** The ids of queries or references in the order of their places. */
export function idsOf(places: ReadonlyMap<string, number>): readonly string[] {
  return [...places.keys()];
}

/** A pair that is there twice, in words. Looks at the references query by query: no pair is sought in a list. */
function findRepeated(table: RankingTable): string | undefined {
  const { ends, references } = referencesByQuery(table);
  const seenWith = new Uint32Array(table.references.size).fill(ends.length);
  let at = 0;
  for (let query = 0; query < ends.length; query += 1) {
    for (; at < (ends[query] as number); at += 1) {
      const reference = references[at] as number;
      if (seenWith[reference] === query) {
        return `${idsOf(table.queries)[query]}, ${idsOf(table.references)[reference]}`;
      }
      seenWith[reference] = query;
    }
  }
  return undefined;
}

/** The column of references, those of a query side by side (a counting sort), and where each query's end. */
function referencesByQuery({ length, queries, query, reference }: RankingTable) {
  const next = new Uint32Array(queries.size + 1);
  for (let row = 0; row < length; row += 1) {
    const after = (query[row] as number) + 1;
    next[after] = (next[after] as number) + 1;
  }
  for (let at = 1; at < next.length; at += 1) {
    next[at] = (next[at] as number) + (next[at - 1] as number);
  }
  const references = new Uint32Array(length);
  for (let row = 0; row < length; row += 1) {
    const at = query[row] as number;
    const place = next[at] as number;
    references[place] = reference[row] as number;
    next[at] = place + 1;
  }
  return { ends: next.subarray(0, queries.size), references };
}
