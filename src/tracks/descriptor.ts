import { join } from 'node:path';
import { truePairs } from '../dataset/truths.ts';
import { localRepositories, resultsOf, rootsOf } from './names.ts';
import { headlineOf, resultsScoredBy } from './results.ts';
import type { Description, Judged, RunBounds, RunSize, RunToJudge, Track } from './track.ts';

const sets = { query: 'query_descriptors.npz', reference: 'reference_descriptors.npz' };

/** What makes descriptors for videos of whichever side. */
export const descriptors: Omit<Description, 'suffix' | 'files' | 'notCode'> = {
  arguments: [],
  made: 'subset_query_descriptors.npz',
  unit: 'vectors',
  async maxMadeBytes(durations) {
    const { maxDescriptors } = await import('../dataset/metadata.ts');
    const { maxMadeBytes } = await import('../descriptors/size.ts');
    return maxMadeBytes(maxDescriptors(durations));
  },
  async count(path, { kind, durations }, signal) {
    const { countValid } = await import('../descriptors/shards.ts');
    const file = 'subset_query_descriptors.npz';
    return countValid(path, { file, kind, durations, source: 'the shard' }, signal);
  },
  async merge(path, shards, signal) {
    const { mergeSets } = await import('../descriptors/shards.ts');
    await mergeSets(path, shards, signal);
  },
};

const bothSets: Description = {
  ...descriptors,
  suffix: '',
  files: [
    { kind: 'query', file: sets.query },
    { kind: 'reference', file: sets.reference },
  ],
  notCode: Object.values(sets),
};

/** Few, so that packing and searching take a moment; the same for everyone. */
const quickstartDimensions = 16;
const seeds = { query: 1, reference: 2 } as const;

/** Meta Video Similarity Challenge, descriptor track (VSC2022). */
export const descriptorTrack: Track = {
  name: 'descriptor',
  title: 'Meta Video Similarity Challenge, descriptor track',
  ...localRepositories('descriptor'),
  officialRepository: 'metavsc.azurecr.io/meta-vsc-descriptor-runtime',
  secondsPerQuery: 10,
  officialSubsetQueries: 800,
  officialVideos: { queries: 8000, references: 40_000 },
  words: {
    submitted: 'descriptors',
    files: 'both sets of descriptors',
    results: resultsOf.descriptor.word,
    does: 'describes',
  },
  submission: {
    entryPoint: 'main.py',
    files: [sets.query, sets.reference],
    needsMetadata: 'the number of vectors and the video ids',
    withoutCode: 'only the full rankings are made, the subset scores nothing',
    async check(files, videos, how) {
      const { checkSets } = await import('../preflight/descriptor-sets.ts');
      return checkSets(sets, files, videos, how);
    },
    async excerpt(files, queries, zip, signal) {
      const { excerptSets } = await import('../preflight/descriptor-sets.ts');
      return excerptSets(sets, files, queries, zip, signal);
    },
    async count(files, signal) {
      const { countSets } = await import('../preflight/descriptor-sets.ts');
      return countSets(sets, files, signal);
    },
  },
  run: {
    arguments: [],
    made: { file: descriptors.made, role: 'subset_descriptors' },
    searches: true,
    bounds,
    stages: {
      unpack: 'unpack the submission',
      validate_full: 'validate the full sets',
      main: 'run main.py',
      validate_subset: 'validate the subset',
      compare: 'compare with what was submitted',
      search_full: 'search, full set',
      search_subset: 'search, subset',
      write: 'write the rankings',
    },
  },
  results: {
    archive: 'submission.tar.gz',
    files: { full: 'full_rankings.csv', subset: 'subset_rankings.csv' },
    columns: resultsOf.descriptor.columns,
    metric: { name: 'µAP', column: 'micro_average_precision' },
    truth: truePairs,
    ...resultsScoredBy(loadScoring, (fullPairs, subsetPairs) => ({ fullPairs, subsetPairs })),
    judge,
  },
  templates: {
    ...rootsOf('descriptor'),
    below: {},
    ignored: ['*_descriptors.npz'],
    async writeRandom(folder, videos, onFile, signal) {
      const { writeRandomDescriptors } = await import('../descriptors/random.ts');
      for (const kind of ['query', 'reference'] as const) {
        const options = { seed: seeds[kind], dimensions: quickstartDimensions, signal };
        const path = join(folder, sets[kind]);
        onFile(path);
        await writeRandomDescriptors(path, videos[kind], options);
      }
    },
    benchmark: [bothSets],
  },
  description: bothSets,
};

async function bounds(size: RunSize): Promise<RunBounds> {
  const { maxDescriptors } = await import('../dataset/metadata.ts');
  const { MAX_DIMENSIONS, maxMadeBytes } = await import('../descriptors/size.ts');
  const { scoringLimits } = await import('../scoring/search-limits.ts');
  const { queryDurations, referenceDurations, subset, cores, hasGpu } = size;
  const vectors = {
    query: maxDescriptors(queryDurations),
    reference: maxDescriptors(referenceDurations),
    subset: maxDescriptors(queryDurations, subset),
  };
  const queryVideos = queryDurations.size;
  return {
    maxMadeBytes: maxMadeBytes(vectors.subset),
    scoring: scoringLimits({
      vectors,
      queryVideos,
      maxDimensions: MAX_DIMENSIONS,
      cores,
      hasGpu,
    }),
  };
}

async function loadScoring() {
  const { rankingMetric } = await import('../scoring/ranking-metric.ts');
  const { scoreLines, scoreSummary } = await import('../scoring/score-lines.ts');
  const { pairsToShow } = await import('../frames/frames.ts');
  type Score = Parameters<typeof scoreLines>[0];
  const tell = (score: Score) => ({
    data: score,
    report: { score },
    headline: headlineOf(score, ({ microAveragePrecision }) => microAveragePrecision),
    summary: scoreSummary(score),
    lines: scoreLines(score),
    pairs: pairsToShow(score.full),
  });
  return { metric: rankingMetric, tell };
}

/** By what the image measured where it scored. */
async function judge({ measured, hasCode }: RunToJudge): Promise<Judged> {
  const { judge } = await import('../reproduction/verdict.ts');
  const { reproductionLines } = await import('../reproduction/reproduction.ts');
  const why = hasCode ? 'the image does not compare' : 'there is no main.py';
  const notCompared = measured ?? ({ verdict: 'not compared', why } as const);
  if ('verdict' in notCompared) {
    return { data: notCompared, report: {}, lines: reproductionLines(notCompared) };
  }
  const reproduction = judge(notCompared);
  return { data: reproduction, report: { reproduction }, lines: reproductionLines(reproduction) };
}
