import { type CsvRow, csvLine, readCsv } from './csv.ts';
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

/**
 * Reads `ground_truth.csv`: the columns `query_id` and `ref_id`; others (segments) are passed over,
 * and a pair that repeats for them counts once.
 *
 * @param isWanted takes the pairs of some queries only
 * @throws EnvironmentError naming the file, the line and what is wrong
 */
export async function readGroundTruth(
  path: string,
  isWanted: (query: string) => boolean = () => true,
): Promise<GroundTruth> {
  const references = new Map<string, Set<string>>();
  let pairs = 0;
  await readPairs(path, (query, reference) => {
    if (!isWanted(query)) return;
    const known = references.get(query) ?? new Set();
    references.set(query, known);
    if (!known.has(reference)) pairs += 1;
    known.add(reference);
  });
  return { path, references, pairs };
}

/**
 * The rows of a ground truth that belong to `queries`, as CSV text with a header and all columns.
 *
 * @throws EnvironmentError naming the file, the line and what is wrong
 */
export async function groundTruthOf(path: string, queries: ReadonlySet<string>): Promise<string> {
  const rows: string[] = [];
  const header = await readPairs(path, (query, _, { fields }) => {
    if (queries.has(query)) rows.push(csvLine(fields));
  });
  return [csvLine(header), ...rows].map((line) => `${line}\n`).join('');
}

function readPairs(
  path: string,
  onPair: (query: string, reference: string, row: CsvRow) => void,
): Promise<readonly string[]> {
  return readCsv(path, ['query_id', 'ref_id'], (row) => {
    const [query = '', reference = ''] = row.values;
    checkId(path, row, 'query_id', query, 'query');
    checkId(path, row, 'ref_id', reference, 'reference');
    onPair(query, reference, row);
  });
}
