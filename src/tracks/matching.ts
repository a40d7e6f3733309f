import { join } from 'node:path';
import { trueSegments } from '../dataset/truths.ts';
import { descriptors } from './descriptor.ts';
import { localRepositories, resultsOf, rootsOf } from './names.ts';
import { headlineOf, resultsScoredBy } from './results.ts';
import type { Description, Judged, RunToJudge, Track } from './track.ts';

const full = 'full_matches.csv';
const made = 'subset_matches.csv';
const runtime = ['--track', 'matching'];

/** Matches have no limit of their own; a million segments take 70 MB. */
const maxBytes = 2 ** 30;

/** What makes the matches of the queries. */
const matches: Description = {
  suffix: '-matches',
  files: [{ kind: 'query', file: full }],
  notCode: [full],
  arguments: runtime,
  made,
  unit: 'matches',
  maxMadeBytes: async () => maxBytes,
  async count(path, { durations, references }, signal) {
    const { countValidMatches } = await import('../matches/shards.ts');
    const sources = { querySource: 'the shard', referenceSource: 'reference_metadata.csv' };
    return countValidMatches(
      path,
      { file: made, queries: durations, references, ...sources },
      signal,
    );
  },
  async merge(path, shards, signal) {
    const { mergeMatches } = await import('../matches/shards.ts');
    await mergeMatches(path, shards, signal);
  },
};

/** What the benchmark compares queries with: its descriptors of the references. */
const referenceDescriptors: Description = {
  ...descriptors,
  suffix: '-references',
  files: [{ kind: 'reference', file: 'reference_descriptors.npz' }],
  notCode: ['reference_descriptors.npz', full],
};

/** Meta Video Similarity Challenge, matching track (VSC2022). */
export const matchingTrack: Track = {
  name: 'matching',
  title: 'Meta Video Similarity Challenge, matching track',
  ...localRepositories('matching'),
  officialRepository: 'metavsc.azurecr.io/meta-vsc-matching-runtime',
  secondsPerQuery: 10,
  officialSubsetQueries: 800,
  officialVideos: { queries: 8000, references: 40_000 },
  words: { submitted: 'matches', files: full, results: resultsOf.matching.word, does: 'matches' },
  submission: {
    entryPoint: 'main.py',
    files: [full],
    needsMetadata: 'the video ids and where segments may end',
    withoutCode: 'only the full matches count, the subset scores nothing',
    async check(files, videos, how) {
      const { checkMatchFile } = await import('../preflight/match-files.ts');
      return checkMatchFile(full, files, videos, how);
    },
    async count(files, signal) {
      const { countMatchFile } = await import('../preflight/match-files.ts');
      return countMatchFile(full, files, signal);
    },
  },
  run: {
    arguments: runtime,
    made: { file: made, role: 'subset_matches' },
    searches: false,
    // Two files are unpacked, read piece by piece and packed again, at some MB a second at least.
    bounds: async () => ({
      maxMadeBytes: maxBytes,
      scoring: { memoryBytes: 2 ** 30, pids: 2048, diskBytes: 6 * maxBytes, seconds: 3600 },
    }),
    stages: {
      unpack: 'unpack the submission',
      validate_full: 'validate the full matches',
      main: 'run main.py',
      validate_subset: 'validate the subset',
      write: 'write the results',
    },
  },
  results: {
    archive: 'submission.tar.gz',
    files: { full, subset: made },
    columns: resultsOf.matching.columns,
    metric: { name: 'segment AP', column: 'segment_average_precision' },
    truth: trueSegments,
    ...resultsScoredBy(loadScoring, (fullMatches, subsetMatches) => ({
      fullMatches,
      subsetMatches,
    })),
    judge,
  },
  templates: {
    ...rootsOf('matching'),
    below: { submission_benchmark: [''] },
    ignored: ['*_descriptors.npz', full],
    async writeRandom(folder, { query, reference }, onFile, signal) {
      const { writeRandomMatches } = await import('../matches/random.ts');
      const path = join(folder, full);
      onFile(path);
      await writeRandomMatches(
        path,
        { queries: query, references: reference },
        { seed: 1, signal },
      );
    },
    benchmark: [referenceDescriptors, matches],
  },
  description: matches,
};

async function loadScoring() {
  const { segmentMetric } = await import('../scoring/segments/segment-metric.ts');
  const { matchScoreLines, matchScoreSummary } = await import('../scoring/segments/match-lines.ts');
  const { segmentsToShow } = await import('../frames/frames.ts');
  type Score = Parameters<typeof matchScoreLines>[0];
  const tell = (score: Score) => ({
    data: score,
    report: { matchScore: score },
    headline: headlineOf(score, ({ segmentAveragePrecision }) => segmentAveragePrecision),
    summary: matchScoreSummary(score),
    lines: matchScoreLines(score),
    pairs: segmentsToShow(score.full),
  });
  return { metric: segmentMetric, tell };
}

/** By the matches in the archive: the same reader that scores them compares them. */
async function judge(
  { archive, hasCode, subset }: RunToJudge,
  signal?: AbortSignal,
): Promise<Judged> {
  const { matchReproductionLines } = await import('../reproduction/reproduction.ts');
  if (!hasCode) {
    const data = { verdict: 'not compared', why: 'there is no main.py' } as const;
    return { data, report: {}, lines: matchReproductionLines(data) };
  }
  const { compareMatches } = await import('../reproduction/matches.ts');
  const { readResults } = await import('../scoring/result-archive.ts');
  const { segmentMetric } = await import('../scoring/segments/segment-metric.ts');
  const results = await readResults(archive, segmentMetric, signal);
  const queries = new Set(subset);
  const data = await compareMatches(results.full, results.subset, queries, signal);
  return { data, report: { matchReproduction: data }, lines: matchReproductionLines(data) };
}
