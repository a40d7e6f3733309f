import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { InvalidSubmission } from '../errors.ts';
import { writeWhole } from '../files.ts';
import { checkMatches, type ExpectedMatches } from './check.ts';
import { COLUMNS, MatchRows } from './rows.ts';

/**
 * How many segments the matches at `path` have, which have to be valid.
 * @throws InvalidSubmission; the signal's reason
 */
export async function countValidMatches(
  path: string,
  expected: ExpectedMatches,
  signal: AbortSignal,
): Promise<number> {
  const { findings, segments } = await checkMatches(createReadStream(path), expected, signal);
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return segments;
  throw new InvalidSubmission(`its matches are not valid: ${first.message}`, errors);
}

/**
 * Writes the matches of shards as one, in their order. The file appears whole; the same matches give the
 * same bytes. @throws the signal's reason
 */
export async function mergeMatches(
  path: string,
  shards: readonly { readonly path: string }[],
  signal: AbortSignal,
): Promise<void> {
  const paths = shards.map((shard) => shard.path);
  await writeWhole(path, (partial) =>
    pipeline(rowsOf(paths), createWriteStream(partial, { flush: true }), { signal }),
  );
}

/** One header, and the rows of all files, which are valid. */
async function* rowsOf(paths: readonly string[]): AsyncGenerator<string> {
  yield `${COLUMNS.join()}\n`;
  for (const path of paths) {
    let text = '';
    let isHeader = true;
    const rows = new MatchRows((fields) => {
      if (!isHeader) text += `${fields.join()}\n`;
      isHeader = false;
    });
    for await (const chunk of createReadStream(path)) {
      rows.push(chunk);
      if (text !== '') yield text;
      text = '';
    }
    rows.end();
    if (text !== '') yield text;
  }
}
