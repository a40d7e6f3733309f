import { describe, expect, it } from 'vitest';
import { SubmissionFailed } from '../../src/errors.ts';
import type { Provenance } from '../../src/provenance/provenance.ts';
import type { Assessment } from '../../src/rehearsal/assess.ts';
import type { Outcome } from '../../src/rehearsal/collect.ts';
import { parseLimits } from '../../src/rehearsal/limits.ts';
import {
  assessmentLines,
  reportModelOf,
  smokeNote,
  smokeSummary,
  summaryLines,
} from '../../src/rehearsal/run-report.ts';
import type { RuntimeReport } from '../../src/rehearsal/runtime-report.ts';
import { parseReport } from '../../src/report/model.ts';
import { type Reproduction, reproductionLines } from '../../src/reproduction/reproduction.ts';
import { scoreSummary } from '../../src/scoring/score-lines.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { rankingScore } from '../support/report-model.ts';

const run: RuntimeReport = {
  stages: [
    { name: 'unpack', seconds: 1.5 },
    { name: 'main', seconds: 40 },
    { name: 'new_stage', seconds: 2 },
  ],
  counts: { query_descriptors: 300, reference_descriptors: 400, subset_query_descriptors: 30 },
  peakMemoryBytes: 1000,
};

const request = {
  track: descriptorTrack,
  dataset: 'train',
  limits: parseLimits({ memory: '8g' }),
  settings: [],
};
const times = {
  started: new Date('2026-11-22T14:05:09.123Z'),
  finished: new Date('2026-11-22T14:06:00.000Z'),
};
const notCompared = { verdict: 'not compared', why: 'a test' } as const;
const nothing: Assessment = {
  score: null,
  reproduction: { data: notCompared, report: {}, lines: reproductionLines(notCompared) },
};
const differs: Reproduction = {
  verdict: 'differs',
  reasons: ['no vectors are of the same moments'],
  videos: { both: 1, onlySubmitted: 0, onlyMade: 0 },
  vectors: { submitted: 5, made: 5, matched: 0 },
  dimensions: { submitted: 8, made: 8 },
  cosine: null,
  lengthRatio: null,
  maxTimeDifference: null,
  worstVideos: [],
};
const judged = (reproduction: Reproduction) => ({
  data: reproduction,
  report: { reproduction },
  lines: reproductionLines(reproduction),
});
const modelOf = (
  outcome: object,
  provenance?: Provenance,
  reproduction: Assessment['reproduction'] = nothing.reproduction,
) =>
  reportModelOf(
    { request, warnings: [] },
    { ...times, doubts: [], ...outcome } as unknown as Outcome,
    { ...nothing, reproduction },
    provenance,
  );

const facts = {
  containerSeconds: 44,
  report: run,
  peakMemoryBytes: 2000,
  fullPairs: 750,
  subsetPairs: 100,
  subsetQueries: 4,
  pace: {
    secondsPerQuery: 10,
    limit: 10,
    projectedSeconds: 8000,
    projectedQueries: 800,
    allowedSeconds: 8000,
  },
};

describe('what a run knows becomes its report', () => {
  it('of a run that went well', () => {
    const model = modelOf({ facts });
    expect(model).toMatchObject({
      version: 1,
      startedAt: '2026-11-22T14:05:09.123Z',
      verdict: { kind: 'ok' },
      stages: [
        { label: 'unpack the submission', start: 0, seconds: 1.5 },
        { label: 'run main.py', start: 1.5, seconds: 40 },
        { label: 'new_stage', start: 41.5, seconds: 2 },
      ],
      pace: { secondsPerQuery: 10, limit: 10, projectedSeconds: 8000 },
      memory: { peakBytes: 2000, limitBytes: 8 * 2 ** 30 },
      containerSeconds: 44,
      counts: { queryDescriptors: 300, subsetDescriptors: 30, fullPairs: 750, subsetQueries: 4 },
    });
    expect(parseReport(JSON.parse(JSON.stringify(model)))).toEqual(model);
  });

  it('with a warning for what its container told and nobody believes', () => {
    const { findings } = modelOf({ facts, doubts: ['That can not be.'] });
    expect(findings).toEqual([
      {
        severity: 'warning',
        file: 'main.py',
        rule: 'doubtful-report',
        message: 'That can not be.',
      },
    ]);
  });

  it('of a run that failed', () => {
    const failure = new SubmissionFailed('The submission failed: no.', ['Look at the log.']);
    const failed = { ...run, failure: { stage: 'main', kind: 'main-failed', message: 'no' } };
    const model = modelOf({ failure, report: failed });
    expect(model.verdict).toEqual({
      kind: 'failed',
      reason: 'The submission failed: no.',
      next: ['Look at the log.'],
      stage: 'main',
    });
    expect(model.memory).toEqual({ peakBytes: 1000, limitBytes: 8 * 2 ** 30 });
    expect(model).not.toHaveProperty('containerSeconds');
    const unknown = modelOf({ failure, report: run });
    expect(unknown.verdict).toStrictEqual({
      kind: 'failed',
      reason: 'The submission failed: no.',
      next: ['Look at the log.'],
    });
    expect(model.counts).not.toHaveProperty('fullPairs');
    expect(parseReport(JSON.parse(JSON.stringify(model)))).toEqual(model);
  });

  it('of a run that said nothing of itself', () => {
    const failure = new SubmissionFailed('The submission failed: no.');
    const model = modelOf({ failure, report: undefined });
    expect(model).toMatchObject({ stages: [], counts: {}, digests: [], versions: [] });
    expect(model.verdict).toEqual({ kind: 'failed', reason: failure.message, next: [] });
    for (const unknown of ['memory', 'pace', 'score', 'containerSeconds', 'reproduction']) {
      expect(model).not.toHaveProperty(unknown);
    }
  });

  it("prefers the engine's peak of memory, and names no limit where there is none", () => {
    const unlimited = { ...request, limits: parseLimits({}) };
    const model = reportModelOf(
      { request: unlimited, warnings: [] },
      {
        ...times,
        doubts: [],
        facts: { ...facts, peakMemoryBytes: undefined, pace: null },
      } as unknown as Outcome,
      nothing,
      undefined,
    );
    expect(model.memory).toStrictEqual({ peakBytes: 1000 });
    expect(model).not.toHaveProperty('pace');
  });

  it('with what exactly ran, but not every video', () => {
    const { digests, versions } = modelOf({ facts }, {
      image: { id: 'sha256:abc', name: 'mine:1' },
      files: [
        { role: 'submission', path: 'submission/submission.zip', sha256: 'd1' },
        { role: 'video', path: 'data/train/query/Q100001.mp4', sha256: 'd2' },
      ],
      versions: {
        vsc: '1.2.3',
        engine: { product: 'Docker', version: '24.0.1' },
        runtime: { numpy: '1.24.2' },
      },
    } as unknown as Provenance);
    expect(digests).toEqual([
      { name: 'image', digest: 'sha256:abc', detail: 'mine:1' },
      { name: 'submission/submission.zip', digest: 'sha256:d1' },
    ]);
    expect(versions).toEqual([
      { name: 'vsc', version: '1.2.3' },
      { name: 'Docker', version: '24.0.1' },
      { name: 'numpy', version: '1.24.2' },
    ]);
  });

  it('with the measures of the comparison, where there was one', () => {
    const model = modelOf({ facts }, undefined, judged(differs));
    expect(model.reproduction).toEqual(differs);
    expect(parseReport(JSON.parse(JSON.stringify(model)))).toEqual(model);
  });
});

describe('the summary', () => {
  it('has times, pace, memory and numbers', () => {
    expect(summaryLines(facts, descriptorTrack)).toEqual([
      '  unpack the submission    1.50 s',
      '  run main.py              40.0 s',
      '  new_stage                2.00 s',
      '  container, start to end  44.0 s',
      '  seconds per query        10.00, 0.00 s below the limit of 10 s; 800 queries would take 2 h 13 min of 2 h 13 min',
      '  peak memory              2 kB',
      '  descriptors              300 query, 400 reference, 30 subset query',
      '  ranked pairs             750 full, 100 subset',
    ]);
  });

  it('is shorter where the image tells less', () => {
    const little = { ...facts, report: undefined, peakMemoryBytes: undefined, pace: null };
    expect(summaryLines(little, descriptorTrack)).toEqual([
      '  container, start to end  44.0 s',
      '  ranked pairs             750 full, 100 subset',
    ]);
  });

  it('says by how much the limit is missed', () => {
    const lines = summaryLines(
      { ...facts, pace: { ...facts.pace, secondsPerQuery: 12.5 } },
      descriptorTrack,
    );
    expect(lines.join('\n')).toContain('12.50, 2.50 s OVER the limit of 10 s; 800 queries');
  });

  it('says what the search of whole sets would take, where enough was searched to tell', () => {
    const search = { seconds: 203, queries: 8000, references: 40_000 };
    const lines = summaryLines({ ...facts, pace: { ...facts.pace, search } }, descriptorTrack);
    expect(lines.join('\n')).toContain(
      'of 2 h 13 min, and the search of 8,000 × 40,000 videos here 3 min 23 s\n',
    );
  });

  it('names only those sets that were counted', () => {
    const report = { ...run, counts: { query_descriptors: 1_300 } };
    expect(summaryLines({ ...facts, report }, descriptorTrack).join('\n')).toContain(
      'descriptors              1,300 query\n',
    );
  });

  it('of a smoke test counts what main.py made, and says that it is one', () => {
    const smoke = { queries: 3, of: 87 };
    const report = { ...run, counts: { ...run.counts, subset_query_descriptors: 30 } };
    const lines = summaryLines({ ...facts, report }, descriptorTrack, smoke).join('\n');
    expect(lines).toMatch(/descriptors +30 subset query$/m);
    const model = reportModelOf(
      { request: { ...request, smoke }, warnings: [] },
      { ...times, doubts: [], facts: { ...facts, report } } as unknown as Outcome,
      nothing,
      undefined,
    );
    expect(model).toMatchObject({ smoke, counts: { subsetDescriptors: 30 } });
    expect(model.counts.queryDescriptors).toBeUndefined();
    expect(smokeNote(smoke)).toContain('no full rehearsal: 3 of the 87 queries');
    expect(smokeSummary(smoke)).toContain('no full rehearsal');
  });

  it('has the score, and where there is more of it', () => {
    const score = { full: rankingScore(0.5, 40) };
    const summary = scoreSummary(score);
    const headline = { full: 0.5 };
    const scored = { data: score, report: { score }, headline, summary, lines: [], pairs: [] };
    expect(assessmentLines({ ...nothing, score: scored })).toEqual([
      '',
      ...summary,
      '  Look closer: vsc score',
      '',
      'Whether main.py makes the submitted descriptors is not known: a test.',
    ]);
    const model = reportModelOf(
      { request, warnings: [] },
      { ...times, doubts: [], facts } as unknown as Outcome,
      { ...nothing, score: scored },
      undefined,
    );
    expect(model.score).toEqual(score);
  });

  it('tells the reproduction without a score too', () => {
    const lines = assessmentLines({ score: null, reproduction: judged(differs) });
    expect(lines[0]).toBe('');
    expect(lines[1]).toMatch(/^main\.py does not make the submitted descriptors/);
  });
});
