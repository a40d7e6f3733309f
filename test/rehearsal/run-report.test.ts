import { describe, expect, it } from 'vitest';
import { SubmissionFailed } from '../../src/errors.ts';
import type { Outcome } from '../../src/rehearsal/collect.ts';
import { parseLimits } from '../../src/rehearsal/limits.ts';
import { reportModelOf } from '../../src/rehearsal/run-report.ts';
import type { RuntimeReport } from '../../src/rehearsal/runtime-report.ts';
import { parseReport } from '../../src/report/model.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';

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
const nothing = { score: null, reproduction: { verdict: 'not compared', why: 'a test' } } as const;
const modelOf = (outcome: object) =>
  reportModelOf(
    { request, warnings: [] },
    { ...times, doubts: [], ...outcome } as unknown as Outcome,
    nothing,
    undefined,
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
    expect(model.counts).not.toHaveProperty('fullPairs');
    expect(parseReport(JSON.parse(JSON.stringify(model)))).toEqual(model);
  });
});
