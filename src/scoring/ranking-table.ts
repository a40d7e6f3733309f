import { quoted } from '../progress/visible.ts';
import { type PlainId, plainIds } from './plain-line.ts';

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

const MAX_IDS = 1_000_000;
/** Ids are printable ASCII: a terminal may be shown them as they are. */
const ID = /^[\x21-\x7e]{1,64}$/;

/** Collects pairs as they are read. What can't be one is said by a throw of what `fail` makes. */
export class RankingTableBuilder {
  readonly #fail: (what: string) => Error;
  readonly #most: number;
  readonly #queries = new Map<string, number>();
  readonly #references = new Map<string, number>();
  /** Places by the numbers of plain ids, plus one; of most videos no text is looked at again. */
  readonly #plainQueries = new Uint32Array(plainIds.count);
  readonly #plainReferences = new Uint32Array(plainIds.count);
  #query = new Uint32Array(1024);
  #reference = new Uint32Array(1024);
  #score = new Float64Array(1024);
  #length = 0;

  constructor(fail: (what: string) => Error, most: number) {
    this.#fail = fail;
    this.#most = most;
  }

  add(query: string, reference: string, score: number): void {
    this.#add(
      this.#placeOf(query, this.#queries),
      this.#placeOf(reference, this.#references),
      score,
    );
  }

  /** Adds what a line holds whose ids are plain and have these numbers. */
  addPlain(line: string, query: number, reference: number, score: number): void {
    const { query: queryId, reference: referenceId } = plainIds;
    this.#add(
      this.#plainPlace(this.#plainQueries, query, line, queryId, this.#queries),
      this.#plainPlace(this.#plainReferences, reference, line, referenceId, this.#references),
      score,
    );
  }

  #plainPlace(
    known: Uint32Array,
    number: number,
    line: string,
    id: PlainId,
    places: Map<string, number>,
  ): number {
    const next = known[number] as number;
    if (next > 0) return next - 1;
    const place = this.#placeOf(id.of(line), places);
    known[number] = place + 1;
    return place;
  }

  #add(query: number, reference: number, score: number): void {
    const row = this.#length;
    if (row === this.#most) throw this.#fail(`there are more than ${this.#most} pairs`);
    if (row === this.#score.length) this.#grow();
    this.#query[row] = query;
    this.#reference[row] = reference;
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
