import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { maxDescriptors } from '../dataset/metadata.ts';
import { writeExcerpt } from '../descriptors/excerpt.ts';
import { countIdRuns } from '../descriptors/ids.ts';
import { MalformedFile } from '../descriptors/malformed.ts';
import { readNpyHeader } from '../descriptors/npy.ts';
import { type NpzFile, npzMembers } from '../descriptors/npz.ts';
import { dimensionFindings, type ExpectedSet } from '../descriptors/rules.ts';
import { maxFullBytes } from '../descriptors/size.ts';
import { type CheckedSet, checkSet, unreadableSet } from '../descriptors/validate.ts';
import { writeZip } from '../descriptors/zip-writer.ts';
import type { Finding } from '../errors.ts';
import { madeOfEach, writeWhole } from '../files.ts';
import { formatCount } from '../progress/format.ts';
import type { FileNumbers, KnownVideos, ReadableFiles, Thoroughness } from './form.ts';
import type { SubmissionFile } from './open-submission.ts';

/** The names of the full sets. */
export interface SetFiles {
  readonly query: string;
  readonly reference: string;
}

/** All that is wrong with the full sets that are there. */
export async function checkSets(
  names: SetFiles,
  files: ReadableFiles,
  { queryDurations, referenceDurations }: KnownVideos,
  how: Thoroughness,
): Promise<readonly Finding[]> {
  const expectations: readonly Omit<ExpectedSet, 'source'>[] = [
    { file: names.query, kind: 'query', durations: queryDurations },
    { file: names.reference, kind: 'reference', durations: referenceDurations },
  ];
  // Side by side: one is unpacked, or looked at by other threads, while the ids of the other are read here.
  const [query, reference] = await madeOfEach(expectations, async (set) => {
    const file = files.get(set.file);
    const expected = { ...set, source: `${set.kind}_metadata.csv` };
    return file && (tooLarge(file, expected) ?? (await checkFile(file, expected, how)));
  });
  return [
    ...[query, reference].flatMap((checked) => checked?.findings ?? []),
    ...(query && reference ? dimensionFindings(reference, query) : []),
  ];
}

/** The verdict on a set that the runtime would not even unpack. */
function tooLarge({ size }: SubmissionFile, set: ExpectedSet): CheckedSet | undefined {
  const allowed = maxFullBytes(maxDescriptors(set.durations));
  if (size <= allowed) return undefined;
  const message = `it has ${formatCount(size)} bytes; allowed are ${formatCount(allowed)} for the videos in ${set.source}`;
  const finding = { severity: 'error', file: set.file, rule: 'too-large', message } as const;
  return { file: set.file, findings: [finding], shape: undefined };
}

async function checkFile(
  file: SubmissionFile,
  expected: ExpectedSet,
  { scanFinite, signal }: Thoroughness,
): Promise<CheckedSet> {
  try {
    return await checkSet(await file.npz(), expected, { scanFinite, ...(signal && { signal }) });
  } catch (error) {
    if (!(error instanceof MalformedFile)) throw error;
    return unreadableSet(expected.file, error);
  }
}

/** How large the sets are; reads ids and headers only. Throws MalformedFile. */
export async function countSets(
  { query, reference }: SetFiles,
  files: ReadableFiles,
  signal: AbortSignal,
): Promise<readonly FileNumbers[]> {
  const sets: FileNumbers[] = [];
  for (const file of [query, reference]) {
    const npz = await files.get(file)?.npz();
    if (npz === undefined) continue;
    const numbers = await numbersOf(npz, signal);
    const size = `${formatCount(numbers.vectors)} vectors of ${formatCount(numbers.dimensions)} dimensions`;
    sets.push({ file, text: `${size}, ${formatCount(numbers.videos)} videos`, numbers });
  }
  return sets;
}

/** Vectors, their dimensions, and runs of equal ids, which are sorted in a valid set. */
async function numbersOf(npz: NpzFile, signal: AbortSignal) {
  let shape: readonly number[] | undefined;
  let videos: number | undefined;
  for await (const { name, cursor } of npzMembers(npz, ['video_ids', 'features'], signal)) {
    const header = await readNpyHeader(cursor);
    if (name === 'features') shape = header.shape;
    else videos = await countIdRuns(cursor.remainder(), header.dtype, signal);
    // Leave the rest of a deflated set, gigabytes perhaps, where it is.
    if (shape !== undefined && videos !== undefined) break;
  }
  return { vectors: shape?.[0] ?? 0, dimensions: shape?.[1] ?? 0, videos: videos ?? 0 };
}

/**
 * Writes a zip of the sets with the vectors of these queries, and of one reference: there has to be one.
 * @returns false where there are no such vectors
 */
export async function excerptSets(
  names: SetFiles,
  files: ReadableFiles,
  queries: ReadonlySet<string>,
  zip: string,
  signal: AbortSignal,
): Promise<boolean> {
  const parts = [
    { name: names.query, isWanted: (id: string) => queries.has(id) },
    { name: names.reference, isWanted: (_: string, at: number) => at === 0 },
  ];
  const path = (name: string) => join(dirname(zip), name);
  for (const { name, isWanted } of parts) {
    const file = await files.get(name)?.npz();
    if (file === undefined) return false;
    if (!(await writeExcerpt(path(name), file, isWanted, signal))) return false;
  }
  async function* entries() {
    for (const { name } of parts) {
      yield { name, mode: 0o644, contents: createReadStream(path(name)) };
    }
  }
  await writeWhole(zip, (partial) => writeZip(partial, entries(), signal));
  for (const { name } of parts) await rm(path(name));
  return true;
}
