import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { SubmissionFailed } from '../errors.ts';

/** A video pair and how similar it is, as a submission ranked it. */
export interface Ranking {
  readonly query: string;
  readonly reference: string;
  readonly score: number;
}

const columns = ['query_id', 'ref_id', 'score'];

/** Bytes that a line of rankings may have; a longer one is no ranking. */
const maxLineBytes = 4096;

/**
 * Reads rankings (`query_id,ref_id,score`, best first) row by row.
 * @throws SubmissionFailed naming `name`, the line and what is wrong with it
 */
export async function* readRankings(csv: Readable, name: string): AsyncGenerator<Ranking> {
  let line = 0;
  let last = Number.POSITIVE_INFINITY;
  const fail = (what: string) => new SubmissionFailed(`${name}, line ${line}: ${what}.`);
  const parser = csv.pipe(parse({ relax_column_count: true, max_record_size: maxLineBytes }));
  csv.on('error', (error) => parser.destroy(error));
  for await (const row of parser as AsyncIterable<string[]>) {
    line += 1;
    if (line === 1) {
      if (row.join() !== columns.join()) throw fail(`the columns are not ${columns.join()}`);
      continue;
    }
    const [query, reference, text] = row;
    const score = text?.trim() ? Number(text) : Number.NaN;
    if (row.length !== 3 || !query || !reference || !Number.isFinite(score)) {
      throw fail(`"${row.join()}" is no ranking`);
    }
    if (score > last) throw fail('the scores are not in descending order');
    last = score;
    yield { query, reference, score };
  }
  if (line === 0) throw new SubmissionFailed(`${name} is empty: not even the columns are there.`);
}
