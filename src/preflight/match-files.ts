import { MalformedFile } from '../descriptors/malformed.ts';
import type { Finding } from '../errors.ts';
import { type CheckedMatches, checkMatches, type ExpectedMatches } from '../matches/check.ts';
import { formatCount } from '../progress/format.ts';
import type { FileNumbers, KnownVideos, ReadableFiles, Thoroughness } from './form.ts';
import type { SubmissionFile } from './open-submission.ts';

/** All that is wrong with the full matches, where they are there. */
export async function checkMatchFile(
  name: string,
  files: ReadableFiles,
  { queryDurations: queries, referenceDurations: references }: KnownVideos,
  { signal }: Thoroughness,
): Promise<readonly Finding[]> {
  const file = files.get(name);
  if (file === undefined) return [];
  const sources = { querySource: 'query_metadata.csv', referenceSource: 'reference_metadata.csv' };
  const expected = { file: name, queries, references, ...sources };
  return (await checkFile(file, expected, signal)).findings;
}

async function checkFile(
  file: SubmissionFile,
  expected: ExpectedMatches,
  signal: AbortSignal | undefined,
): Promise<CheckedMatches> {
  try {
    return await checkMatches(file.chunks(), expected, signal);
  } catch (error) {
    if (!(error instanceof MalformedFile)) throw error;
    const finding = { severity: 'error', file: expected.file, rule: 'unreadable' } as const;
    return { findings: [{ ...finding, message: error.message }], segments: 0 };
  }
}

/** How many segments the full matches have, and of how many pairs. Throws MalformedFile. */
export async function countMatchFile(
  name: string,
  files: ReadableFiles,
  signal: AbortSignal,
): Promise<readonly FileNumbers[]> {
  const file = files.get(name);
  if (file === undefined) return [];
  const { MatchesReader } = await import('../matches/read.ts');
  const fail = (message: string) => new MalformedFile(message);
  const reader = new MatchesReader({ name, columns: 'submitted', fail });
  for await (const chunk of file.chunks()) {
    signal.throwIfAborted();
    reader.push(chunk);
  }
  const { length: segments, query, reference, references } = reader.end();
  const pairs = new Set<number>();
  for (let row = 0; row < segments; row += 1) {
    pairs.add((query[row] as number) * references.size + (reference[row] as number));
  }
  const numbers = { segments, pairs: pairs.size };
  const text = `${formatCount(segments)} segments of ${formatCount(pairs.size)} pairs`;
  return [{ file: name, text, numbers }];
}
