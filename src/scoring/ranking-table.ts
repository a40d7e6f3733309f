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

/** More pairs than this are no rankings: the competition keeps 25 per query, 200,000 or so. */
export const MAX_PAIRS = 5_000_000;
const MAX_IDS = 1_000_000;
/** Ids are printable ASCII: a terminal may be shown them as they are. */
const ID = /^[\x21-\x7e]{1,64}$/;

/** Collects pairs as they are read. What can't be one is said by a throw of what `fail` makes. */
export class RankingTableBuilder {
  readonly #fail: (what: string) => Error;
  readonly #queries = new Map<string, number>();
  readonly #references = new Map<string, number>();
  #query = new Uint32Array(1024);
  #reference = new Uint32Array(1024);
  #score = new Float64Array(1024);
  #length = 0;

  constructor(fail: (what: string) => Error) {
    this.#fail = fail;
  }

  add(query: string, reference: string, score: number): void {
    const row = this.#length;
    if (row === MAX_PAIRS) throw this.#fail(`there are more than ${MAX_PAIRS} pairs`);
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
    if (!ID.test(id)) throw this.#fail(`${JSON.stringify(id.slice(0, 80))} is no video id`);
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

/** A pair that is there twice, in words. Both places fit into one exact number. */
function findRepeated(table: RankingTable): string | undefined {
  const width = table.references.size;
  const keys = new Float64Array(table.length);
  for (let row = 0; row < table.length; row += 1) {
    keys[row] = (table.query[row] as number) * width + (table.reference[row] as number);
  }
  keys.sort();
  let at = 1;
  while (at < keys.length && keys[at] !== keys[at - 1]) at += 1;
  if (at >= keys.length) return undefined;
  const key = keys[at] as number;
  const query = idsOf(table.queries)[Math.floor(key / width)];
  return `${query}, ${idsOf(table.references)[key % width]}`;
}
