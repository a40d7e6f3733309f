import type { MatchTable } from '../../src/matches/match-table.ts';

/** `Q1 R1 0..10 20..30 0.9` by row, a ground truth without the score: matches. */
export function matches(...rows: readonly string[]): MatchTable {
  return tableOf(
    rows.map((row) => {
      const [query = '', reference = '', ofQuery = '', ofReference = '', score = '0'] =
        row.split(' ');
      return [query, reference, ...ofQuery.split('..'), ...ofReference.split('..'), score];
    }),
  );
}

/** The same from the fields of a CSV: ids, the four times and perhaps a score. */
export function tableOf(rows: readonly (readonly string[])[]): MatchTable {
  const places = (column: number) => {
    const ids = [...new Set(rows.map((fields) => fields[column] as string))];
    return new Map(ids.map((id, at) => [id, at]));
  };
  const [queries, references] = [places(0), places(1)];
  const column = (at: number) => Float64Array.from(rows, (fields) => Number(fields[at] ?? 0));
  return {
    length: rows.length,
    queries,
    references,
    query: Uint32Array.from(rows, ([id = '']) => queries.get(id) ?? 0),
    reference: Uint32Array.from(rows, ([, id = '']) => references.get(id) ?? 0),
    queryStart: column(2),
    queryEnd: column(3),
    referenceStart: column(4),
    referenceEnd: column(5),
    score: column(6),
  };
}
