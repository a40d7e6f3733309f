import type { MatchTable } from '../../src/matches/match-table.ts';

/** `Q1 R1 from..to from..to score` by row. */
export function table(...rows: readonly string[]): MatchTable {
  const fields = rows.map((row) => row.split(' '));
  const places = (column: number) => {
    const ids = [...new Set(fields.map((field) => field[column] as string))];
    return new Map(ids.map((id, at) => [id, at]));
  };
  const [queries, references] = [places(0), places(1)];
  const column = (at: number, part: number) =>
    Float64Array.from(fields, (field) => Number(field[at]?.split('..')[part]));
  return {
    length: rows.length,
    queries,
    references,
    query: Uint32Array.from(fields, ([id = '']) => queries.get(id) ?? 0),
    reference: Uint32Array.from(fields, ([, id = '']) => references.get(id) ?? 0),
    queryStart: column(2, 0),
    queryEnd: column(2, 1),
    referenceStart: column(3, 0),
    referenceEnd: column(3, 1),
    score: Float64Array.from(fields, (field) => Number(field[4] ?? 0)),
  };
}
