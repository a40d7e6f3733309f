import type { GroundTruth } from '../../src/dataset/ground-truth.ts';
import { type RankingTable, RankingTableBuilder } from '../../src/scoring/ranking-table.ts';

/** `Q1 R1 0.9` per line: rankings. */
export function rankings(lines: readonly string[]): RankingTable {
  const builder = new RankingTableBuilder((what) => new Error(what), Number.POSITIVE_INFINITY);
  for (const line of lines) {
    const [query = '', reference = '', score] = line.split(' ');
    builder.add(query, reference, Number(score));
  }
  return builder.table();
}

/** `Q1 R1` per pair: a ground truth. */
export function truth(...pairs: readonly string[]): GroundTruth {
  const references = new Map<string, Set<string>>();
  for (const pair of pairs) {
    const [query = '', reference = ''] = pair.split(' ');
    references.set(query, (references.get(query) ?? new Set()).add(reference));
  }
  return { path: 'ground_truth.csv', references, pairs: pairs.length };
}
