import { describe, expect, it } from 'vitest';
import { believable, joinReports, parseRuntimeReport } from '../../src/rehearsal/runtime-report.ts';

const report = (change: object) =>
  parseRuntimeReport(JSON.stringify({ version: 1, stages: [], counts: {}, ...change }));

const compared = {
  videos: { both: 2, only_submitted: 1, only_made: 0 },
  vectors: { submitted: 15, made: 10, matched: 10 },
  dimensions: { submitted: 8, made: 8 },
  cosine: { mean: 0.5, min: -1 },
  length_ratio: { min: 0.9, max: 2 },
  max_time_difference: 0.25,
  worst_videos: [
    { video: 'Q1', submitted: 5, made: 0, matched: 0, mean_cosine: null, agreement: 0 },
  ],
};

it('reads the times, the counts, the comparison and the failure', () => {
  const failure = { stage: 'main', kind: 'main-failed', message: 'main.py exited with code 2' };
  expect(
    report({
      stages: [{ name: 'validate_full', seconds: 0.5 }],
      counts: { full_pairs: 3, subset_pairs: null },
      versions: { python: '3.9.13', faiss: null },
      peak_memory_bytes: 12,
      main: { exit_code: 2 },
      reproduction: compared,
      failure,
    }),
  ).toEqual({
    stages: [{ name: 'validate_full', seconds: 0.5 }],
    counts: { full_pairs: 3 },
    versions: { python: '3.9.13' },
    peakMemoryBytes: 12,
    mainExitCode: 2,
    reproduction: {
      videos: { both: 2, onlySubmitted: 1, onlyMade: 0 },
      vectors: compared.vectors,
      dimensions: compared.dimensions,
      cosine: compared.cosine,
      lengthRatio: compared.length_ratio,
      maxTimeDifference: 0.25,
      worstVideos: [
        { video: 'Q1', submitted: 5, made: 0, matched: 0, meanCosine: null, agreement: 0 },
      ],
    },
    failure,
  });
});

it('reads what the runtime does not know as absent', () => {
  const nothing = {
    versions: {},
    peak_memory_bytes: null,
    main: null,
    reproduction: null,
    failure: null,
  };
  expect(report(nothing)).toEqual({ stages: [], counts: {}, versions: {} });
  expect(report({ reproduction: { not_compared: 'no times' } })?.reproduction).toEqual({
    verdict: 'not compared',
    why: 'no times',
  });
});

describe('is none where a part of it is none', () => {
  const many = (count: number) =>
    Array.from({ length: count }, () => ({ name: 'main', seconds: 1 }));
  const named = (count: number) =>
    Object.fromEntries(many(count).map((_, at) => ['a'.repeat(at + 1), at]));

  it.each([
    ['a stage with a control character', { stages: [{ name: '\u001b]0;x', seconds: 1 }] }],
    ['a stage without a time', { stages: [{ name: 'main' }] }],
    ['a time before the start', { stages: [{ name: 'main', seconds: -1 }] }],
    ['a time longer than the world', { stages: [{ name: 'main', seconds: 1e300 }] }],
    ['a million stages', { stages: many(1_000_000) }],
    ['one stage more than an image has', { stages: many(41) }],
    ['counts beyond counting', { counts: { full_pairs: 2 ** 60 } }],
    ['half a count', { counts: { full_pairs: 0.5 } }],
    ['41 counts', { counts: named(41) }],
    ['counts under other names', { counts: { 'a\nb': 1 } }],
    ['memory that no machine has', { peak_memory_bytes: 1e300 }],
    ['an exit code that is none', { main: { exit_code: 256 } }],
    ['text where an object belongs', { main: 'y' }],
    ['a version with more than a version', { versions: { python: '3 \u202e' } }],
    ['a cosine beyond 1', { reproduction: { ...compared, cosine: { mean: 2, min: 0 } } }],
    [
      'a video with a name of a page',
      {
        reproduction: {
          ...compared,
          worst_videos: [{ ...compared.worst_videos[0], video: 'x'.repeat(5000) }],
        },
      },
    ],
    ['a failure in no stage', { failure: { stage: '\n', kind: 'x', message: 'y' } }],
  ])('%s', (_, change) => expect(report(change)).toBeUndefined());

  it.each([
    '',
    '[]',
    '{"version":2,"stages":[],"counts":{}}',
    '{"version":1}',
    'null',
    `{"version":1,"stages":${'['.repeat(500_000)}${']'.repeat(500_000)},"counts":{}}`,
  ])('%.40s', (text) => expect(parseRuntimeReport(text)).toBeUndefined());
});

it('cuts a failure that goes on for pages', () => {
  const failure = { stage: 'main', kind: 'main-failed', message: 'x'.repeat(1e6) };
  expect(report({ failure })?.failure?.message.length).toBeLessThan(2100);
});

describe('the report of the container in which the code ran', () => {
  const told = report({
    stages: [
      { name: 'unpack', seconds: 1 },
      { name: 'main', seconds: 2 },
    ],
    counts: { subset_queries: 3 },
    reproduction: compared,
  });

  it('is believed where its times fit into the time that was measured, but for the comparison', () => {
    expect(believable(told, 2.1)).toEqual({
      report: { stages: told?.stages, counts: { subset_queries: 3 } },
    });
  });

  it.each([
    ['times longer than it ran', told, 1.9, 'reports times that are longer than it ran'],
    ['no report', undefined, 1.9, 'left no report that can be read'],
  ])('%s: measured from outside, with a word that it was', (_, given, seconds, doubt) => {
    const found = believable(given, seconds);
    expect(found.report?.stages).toEqual([{ name: 'main', seconds }]);
    expect(found.doubt).toContain(doubt);
  });

  it('can tell nothing that only the scoring can', () => {
    const scored = report({ stages: [{ name: 'write', seconds: 1 }], counts: { full_pairs: 1 } });
    const joined = joinReports(believable(told, 9).report, scored);
    expect(joined).toEqual({
      stages: [...(told?.stages ?? []), { name: 'write', seconds: 1 }],
      counts: { full_pairs: 1 },
    });
  });

  it('is all there is where the other container left none', () => {
    const scored = report({ stages: [{ name: 'write', seconds: 1 }] });
    expect(joinReports(told, undefined)).toBe(told);
    expect(joinReports(undefined, scored)).toBe(scored);
    expect(joinReports(undefined, undefined)).toBeUndefined();
  });

  it('is joined by the larger memory, and unpacking is told once', () => {
    const stages = [
      { name: 'unpack', seconds: 1 },
      { name: 'main', seconds: 2 },
    ];
    const [small, large] = [
      report({ stages, peak_memory_bytes: 5 }),
      report({ stages, peak_memory_bytes: 7 }),
    ];
    for (const joined of [joinReports(small, large), joinReports(large, small)]) {
      expect(joined?.peakMemoryBytes).toBe(7);
      expect(joined?.stages.map(({ name }) => name)).toEqual(['unpack', 'main', 'main']);
    }
    expect(joinReports(report({ stages }), small)?.peakMemoryBytes).toBe(5);
    expect(joinReports(small, report({ stages }))?.peakMemoryBytes).toBe(5);
    expect(joinReports(report({ stages }), report({ stages }))).not.toHaveProperty(
      'peakMemoryBytes',
    );
  });

  it('may be a second longer than was measured: clocks differ', () => {
    expect(believable(told, 2)).not.toHaveProperty('doubt');
    expect(believable(told, 1.99)).toHaveProperty('doubt');
  });
});
