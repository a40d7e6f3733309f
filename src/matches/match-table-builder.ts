import type { MatchTable } from './match-table.ts';

/** The times and the score of a segment, in the order of their columns in a {@link MatchTable}. */
export type SegmentValues = readonly [
  queryStart: number,
  queryEnd: number,
  referenceStart: number,
  referenceEnd: number,
  score: number,
];

/** Collects segments as they come: one takes 48 bytes, and each id is held once. */
export class MatchTableBuilder {
  readonly #queries = new Map<string, number>();
  readonly #references = new Map<string, number>();
  #query = new Uint32Array(1024);
  #reference = new Uint32Array(1024);
  /** Five columns. */
  #values = Array.from({ length: 5 }, () => new Float64Array(1024));
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(query: string, reference: string, values: SegmentValues): void {
    const row = this.#length;
    if (row === this.#query.length) this.#grow();
    this.#query[row] = placeOf(query, this.#queries);
    this.#reference[row] = placeOf(reference, this.#references);
    for (let at = 0; at < 5; at += 1) {
      (this.#values[at] as Float64Array)[row] = values[at] as number;
    }
    this.#length = row + 1;
  }

  /** All that was added, in that order. */
  table(): MatchTable {
    const length = this.#length;
    const [queryStart, queryEnd, referenceStart, referenceEnd, score] = this.#values.map((column) =>
      column.subarray(0, length),
    ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
    return {
      length,
      queries: this.#queries,
      references: this.#references,
      query: this.#query.subarray(0, length),
      reference: this.#reference.subarray(0, length),
      queryStart,
      queryEnd,
      referenceStart,
      referenceEnd,
      score,
    };
  }

  #grow(): void {
    const grown = <T extends Uint32Array | Float64Array>(column: T, empty: T): T => {
      empty.set(column);
      return empty;
    };
    const capacity = 2 * this.#length;
    this.#query = grown(this.#query, new Uint32Array(capacity));
    this.#reference = grown(this.#reference, new Uint32Array(capacity));
    this.#values = this.#values.map((column) => grown(column, new Float64Array(capacity)));
  }
}

function placeOf(id: string, places: Map<string, number>): number {
  const known = places.get(id);
  if (known !== undefined) return known;
  // An id that was cut out of a longer text would keep all of that in memory.
  places.set(Buffer.from(id).toString(), places.size);
  return places.size - 1;
}
