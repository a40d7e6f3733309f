import { readCsv } from './csv.ts';
import { checkId } from './metadata.ts';

/** The true copies of a dataset. */
export interface GroundTruth {
  /** Where it was read. */
  readonly path: string;
  /** The references that a query has copied from, by query id, in file order. */
  readonly references: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many different query–reference pairs that is; may be 0 in a subset. */
  readonly pairs: number;
}

const columns = ['query_id', 'ref_id'] as const;

/**
 * Reads `ground_truth.csv`: the columns `query_id` and `ref_id`; others (segments) are passed over,
 * and a pair that repeats for them counts once.
 *
 * @throws EnvironmentError naming the file, the line and what is wrong
 */
export async function readGroundTruth(path: string): Promise<GroundTruth> {
  const references = new Map<string, Set<string>>();
  await readCsv(path, columns, (row) => {
    const [query = '', reference = ''] = row.values;
    checkId(path, row, 'query_id', query, 'query');
    checkId(path, row, 'ref_id', reference, 'reference');
    const known = references.get(query);
    if (known) known.add(reference);
    else references.set(query, new Set([reference]));
  });
  const pairs = [...references.values()].reduce((sum, set) => sum + set.size, 0);
  return { path, references, pairs };
}

/**
 * The rows of a ground truth that belong to `queries`, as CSV text with a header and all columns.
 *
 * @throws EnvironmentError naming the file, the line and what is wrong
 */
export async function groundTruthOf(path: string, queries: ReadonlySet<string>): Promise<string> {
  const rows: string[] = [];
  const header = await readCsv(path, columns, (row) => {
    const [query = '', reference = ''] = row.values;
    checkId(path, row, 'query_id', query, 'query');
    checkId(path, row, 'ref_id', reference, 'reference');
    if (queries.has(query)) rows.push(csvLine(row.fields));
  });
  return [csvLine(header), ...rows].map((line) => `${line}\n`).join('');
}

function csvLine(fields: readonly string[]): string {
  return fields
    .map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}
