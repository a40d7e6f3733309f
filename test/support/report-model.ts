import '../../src/report/page.ts'; // at once, as in recorded.ts
import type { ReportModel } from '../../src/report/model.ts';

import type { MatchReproduction } from '../../src/reproduction/reproduction.ts';

import type { MatchScore, RankingScore } from '../../src/scoring/score.ts';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** A score as a fair submission gets it, with curves and histograms that follow from `quality`. */
export function rankingScore(quality: number, size: number): RankingScore {
  const recall = range(240).map((index) => (quality * (index + 1)) / 240);
  const precision = recall.map((at) => Math.max(0.02, 1 - (at / quality) ** 6 * 0.9 - at * 0.06));
  const edges = range(41).map((index) => 0.2 + index / 50);
  const bell = (middle: number, width: number, total: number) =>
    range(40).map((index) =>
      Math.round(total * Math.exp(-(((0.21 + index / 50 - middle) / width) ** 2))),
    );
  return {
    microAveragePrecision: quality * 0.9123456,
    pairs: size * 25,
    truePairs: size,
    found: Math.round(size * quality),
    recallAtPrecision90: quality * 0.7,
    curve: { recall, precision },
    histogram: {
      edges,
      truePairs: bell(0.78, 0.13, size / 12),
      falsePairs: bell(0.42, 0.1, size * 2),
    },
    worstQueries: range(12).map((index) => ({
      query: `Q1${String(70431 - index * 317).padStart(5, '0')}`,
      reference: `R1${String(50311 - index * 211).padStart(5, '0')}`,
      truePairs: 3 - (index % 3),
      found: index % 2,
      bestRank: index % 2 ? 1204 * index : null,
      loss: 0.0061 / (index + 1),
    })),
    topFalsePairs: range(12).map((index) => ({
      query: `Q1${String(12311 + index * 431).padStart(5, '0')}`,
      reference: `R1${String(90011 - index * 1237).padStart(5, '0')}`,
      score: 0.9731 - index * 0.0117,
      rank: 3 + index * index,
    })),
  };
}

/** A score of matches as a fair submission gets it. */
export function matchScore(quality: number, size: number): MatchScore {
  const { recall, precision } = rankingScore(quality, size).curve;
  const ids = (index: number) => ({
    query: `Q1${String(70431 - index * 317).padStart(5, '0')}`,
    reference: `R1${String(50311 - index * 211).padStart(5, '0')}`,
  });
  const times = (start: number, length: number, shift: number) => ({
    queryStart: start,
    queryEnd: start + length,
    referenceStart: start * 1.5 + shift,
    referenceEnd: start * 1.5 + shift + length,
  });
  return {
    segmentAveragePrecision: quality * 0.7654321,
    microAveragePrecision: quality * 0.9123456,
    segments: size * 4,
    pairs: size * 3,
    truth: { segments: size + 57, pairs: size },
    foundPairs: Math.round(size * quality),
    foundSegments: Math.round(size * quality * 0.9),
    recall: { query: quality * 0.94, reference: quality * 0.91 },
    curve: { recall, precision, score: recall.map((at) => 0.99 - at) },
    worstPairs: range(9).map((index) => {
      const trueSegments = index === 3 ? 0 : 1 + (index % 3);
      const segments = index === 2 ? 0 : index === 4 ? 73 : 1 + (index % 4);
      return {
        ...ids(index),
        loss: 0.0061 / (index + 1),
        trueSegments,
        segments,
        truth: range(trueSegments).map((at) => times(4 + at * 17.25, 9.5, 40 - 9 * at)),
        predicted: range(Math.min(50, segments)).map((at) => ({
          ...times(2.5 + at * 11.5, 7 + at, 43 - 4 * at),
          score: 0.913 - at / 80,
        })),
      };
    }),
    falseSegments: range(7).map((index) => ({
      ...ids(index + 30),
      ...times(3 + index * 2.25, 12.125, 7),
      score: 0.9731 - index * 0.0117,
      rank: 3 + index * index,
    })),
    warnings: [],
  };
}

const stages = [
  ['unpack', 'unpack the submission', 3.1],
  ['validate_full', 'validate the full sets', 6.4],
  ['main', 'run main.py', 178.25],
  ['validate_subset', 'validate the subset', 0.4],
  ['search_full', 'search, full set', 92.7],
  ['search_subset', 'search, subset', 4.2],
  ['write', 'write the rankings', 1.9],
] as const;

const video = (id: string, submitted: number, made: number, meanCosine: number | null) => ({
  video: id,
  submitted,
  made,
  matched: made,
  meanCosine,
  agreement: ((meanCosine ?? 0) * made) / submitted,
});

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

/** The report of a run on train that went well, changed as a test needs it. */
export function reportModel(change: Partial<ReportModel> = {}): ReportModel {
  let start = 0;
  return {
    version: 1,
    track: 'Meta Video Similarity Challenge, descriptor track',
    dataset: 'train',
    startedAt: '2026-11-22T14:05:09.123Z',
    verdict: { kind: 'ok' },
    findings: [
      {
        severity: 'warning',
        file: 'main.py',
        rule: 'weights-from-the-network',
        message: 'torch.hub.load fetches weights, and the server has no network.',
        fix: 'put the weights into the zip',
      },
    ],
    score: { full: rankingScore(0.72, 7200), subset: rankingScore(0.69, 76) },
    stages: stages.map(([name, label, seconds]) => {
      const stage = { name, label, start, seconds };
      start += seconds;
      return stage;
    }),
    containerSeconds: 289.4,
    pace: {
      secondsPerQuery: 2.2281,
      limit: 10,
      projectedQueries: 800,
      projectedSeconds: 1782.5,
      allowedSeconds: 8000,
    },
    memory: { peakBytes: 5_312_000_000, limitBytes: 16_000_000_000 },
    counts: {
      queryDescriptors: 195_120,
      referenceDescriptors: 959_004,
      subsetDescriptors: 1_932,
      fullPairs: 200_000,
      subsetPairs: 2_000,
      subsetQueries: 80,
    },
    reproduction: {
      verdict: 'close',
      reasons: ['main.py makes 1,932 vectors, submitted are 1,934; 1,932 are of the same moments'],
      videos: { both: 79, onlySubmitted: 1, onlyMade: 0 },
      vectors: { submitted: 1_934, made: 1_932, matched: 1_932 },
      dimensions: { submitted: 512, made: 512 },
      cosine: { mean: 0.999821, min: 0.98123 },
      lengthRatio: { min: 0.998, max: 1.0021 },
      maxTimeDifference: 0.02,
      worstVideos: [
        video('Q102001', 12, 0, null),
        video('Q100417', 25, 23, 0.98123),
        video('Q101999', 31, 31, 0.99712),
      ],
    },
    settings: [
      { name: 'CPU_OR_GPU', value: 'cpu', source: 'no nvidia-smi on the PATH' },
      { name: 'BLOCK_INTERNET', value: 'true', source: 'BLOCK_INTERNET' },
      { name: 'DATASET', value: 'train', source: 'default' },
      { name: 'SUBMISSION_IMAGE', value: 'mine:1', source: '--image' },
    ],
    digests: [
      { name: 'Image', digest: digest('a'), detail: 'meta-vsc-descriptor-runtime:slim-local' },
      { name: 'Submission', digest: digest('b'), detail: 'submission.zip, 2.1 GB' },
      { name: 'Data', digest: digest('c'), detail: 'metadata, subset and ground truth' },
    ],
    versions: [
      { name: 'vsc', version: '0.1.0' },
      { name: 'Docker', version: '20.10.24' },
    ],
    log: {
      file: 'log.txt',
      text: range(30)
        .map(
          (index) => `14:0${index % 10}:11 | INFO | Q1${String(index * 37).padStart(5, '0')} done`,
        )
        .join('\n'),
      complete: false,
    },
    ...change,
  };
}

/** A comparison of matches that came close. */
export function matchReproduction(change: Partial<MatchReproduction> = {}): MatchReproduction {
  return {
    verdict: 'close',
    reasons: ['main.py makes 41 segments, submitted are 42; 41 have a counterpart'],
    queries: { both: 13, onlySubmitted: 1, onlyMade: 0 },
    segments: { submitted: 42, made: 41, paired: 41, moved: 2, rescored: 3 },
    overlap: { mean: 0.98761, min: 0.70123 },
    maxTimeDifference: 1.5,
    maxScoreDifference: 0.0213,
    sameOrder: 0.9951,
    crowded: 0,
    worstQueries: [
      {
        query: 'Q102001',
        submitted: 1,
        made: 0,
        paired: 0,
        meanOverlap: null,
        maxScoreDifference: null,
        agreement: 0,
      },
      {
        query: 'Q100417',
        submitted: 3,
        made: 3,
        paired: 3,
        meanOverlap: 0.83128,
        maxScoreDifference: 0.0213,
        agreement: 0.83128,
      },
    ],
    ...change,
  };
}

/** The same on the matching track. */
export function matchModel(change: Partial<ReportModel> = {}): ReportModel {
  const counts = { fullMatches: 28_800, subsetMatches: 304, subsetQueries: 80 };
  const track = 'Meta Video Similarity Challenge, matching track';
  const score = { full: matchScore(0.72, 7200), subset: matchScore(0.69, 76) };
  const model = reportModel({ track, counts, matchScore: score, ...change });
  return without(model, 'score', 'reproduction');
}

/** A model without some of what is optional. */
export function without<K extends keyof ReportModel>(model: ReportModel, ...keys: K[]) {
  const rest: Partial<ReportModel> = { ...model };
  for (const key of keys) delete rest[key];
  return rest as Omit<ReportModel, K> & Partial<Pick<ReportModel, K>> as ReportModel;
}

/** A run that broke down in `main.py`. */
export function failedModel(reason = 'main.py exited with code 1.'): ReportModel {
  const model = reportModel({
    verdict: {
      kind: 'failed',
      reason: `The submission failed: ${reason}`,
      stage: 'main',
      next: ['The whole output is in submission/log.txt.'],
    },
    findings: [],
    counts: { queryDescriptors: 195_120, referenceDescriptors: 959_004 },
    stages: reportModel().stages.slice(0, 3),
  });
  return without(model, 'score', 'reproduction', 'pace', 'containerSeconds');
}

/** What hostile submissions write into ids, messages and logs. */
export const hostileTexts = [
  '<script>document.title = "taken"</script>',
  '"><img src=x onerror="document.title=1">',
  "' onmouseover='alert(1)",
  '</style></pre></script><svg onload=alert(1)>',
  '<!-- --> ]]> &lt;b&gt; &amp; {{7*7}}',
  'evil\u202Egpm.exe\u2066',
  '\u001b[31mred\u001b[0m\u001b]8;;http://example.org\u0007link\u001b]8;;\u0007',
  'null\u0000bell\u0007back\b\u009b31m',
  `half \uD800 and tag \u{E0041}`,
  `Q${'1234567890'.repeat(400)}`,
] as const;

/** A model in which every text is hostile. */
export function hostileModel(model = reportModel()): ReportModel {
  let turn = 0;
  const spared = new Set(['kind', 'verdict', 'severity', 'startedAt']);
  const taint = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string' && !spared.has(key)) {
      turn += 1;
      return hostileTexts[turn % hostileTexts.length];
    }
    if (Array.isArray(value)) return value.map((item) => taint(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, taint(item, name)]),
    );
  };
  const tainted = taint(model) as ReportModel;
  return { ...tainted, ...(model.log && { log: { ...model.log, text: hostileTexts.join('\n') } }) };
}
