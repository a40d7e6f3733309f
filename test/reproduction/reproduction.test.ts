import { describe, expect, it } from 'vitest';
import { type Measured, reproductionLines } from '../../src/reproduction/reproduction.ts';
import { judge } from '../../src/reproduction/verdict.ts';

/** Fifteen vectors of three videos that are made just as they were submitted. */
const same: Measured = {
  videos: { both: 3, onlySubmitted: 0, onlyMade: 0 },
  vectors: { submitted: 15, made: 15, matched: 15 },
  dimensions: { submitted: 8, made: 8 },
  cosine: { mean: 1, min: 1 },
  lengthRatio: { min: 1, max: 1 },
  maxTimeDifference: 0,
  worstVideos: [],
};
const worst = {
  video: 'Q100003',
  submitted: 5,
  made: 5,
  matched: 5,
  meanCosine: -1,
  agreement: -1,
};

describe('reproduces', () => {
  it.each([
    ['the same', {}],
    [
      'float noise',
      { cosine: { mean: 0.9999, min: 0.999 }, lengthRatio: { min: 0.99, max: 1.01 } },
    ],
    ['timestamps a hair apart', { maxTimeDifference: 0.05 }],
  ])('%s', (_, change) => {
    const found = judge({ ...same, ...change });
    expect(found).toMatchObject({ verdict: 'reproduces', reasons: [] });
    expect(reproductionLines(found)).toEqual([
      'main.py reproduces the submitted descriptors (15 vectors of 3 videos).',
    ]);
  });

  it('one video is one', () => {
    const found = judge({ ...same, videos: { both: 1, onlySubmitted: 0, onlyMade: 0 } });
    expect(reproductionLines(found)).toEqual([expect.stringContaining('of 1 video)')]);
  });
});

describe('close', () => {
  it.each([
    [
      'vectors turned a little',
      { cosine: { mean: 0.95, min: 0.5 } },
      ['cosine similarity is 0.9500 on average, 0.5000 at worst'],
    ],
    ['all of it later', { maxTimeDifference: 0.5 }, ['timestamps differ by up to 0.50 s']],
    [
      'a few vectors less',
      { vectors: { submitted: 100, made: 95, matched: 95 } },
      ['main.py makes 95 vectors, submitted are 100; 95 are of the same moments'],
    ],
    [
      'a little longer',
      { lengthRatio: { min: 1, max: 1.1 } },
      [expect.stringContaining('lengths are 1.000 to 1.100 times those submitted')],
    ],
  ])('%s', (_, change, reasons) => {
    const found = judge({ ...same, ...change });
    expect(found).toMatchObject({ verdict: 'close', reasons });
    expect(reproductionLines(found)[0]).toBe('main.py comes close to the submitted descriptors:');
  });
});

describe('differs', () => {
  it.each([
    ['turned too far', { cosine: { mean: 0.949, min: 0.949 } }, '0.9490 on average'],
    ['not normalised', { lengthRatio: { min: 3, max: 3 } }, 'is one side not normalised?'],
    ['too short', { lengthRatio: { min: 0.89, max: 1 } }, 'lengths are 0.890'],
    [
      'fewer vectors',
      { vectors: { submitted: 15, made: 9, matched: 9 } },
      'main.py makes 9 vectors, submitted are 15',
    ],
    [
      'more vectors',
      { vectors: { submitted: 15, made: 30, matched: 15 } },
      'main.py makes 30 vectors, submitted are 15',
    ],
    [
      'a video left out',
      {
        videos: { both: 2, onlySubmitted: 1, onlyMade: 0 },
        vectors: { submitted: 15, made: 10, matched: 10 },
      },
      'for 1 videos main.py makes none',
    ],
    [
      'a video too many',
      {
        videos: { both: 3, onlySubmitted: 0, onlyMade: 1 },
        vectors: { submitted: 15, made: 20, matched: 15 },
      },
      'for 1 videos none are submitted',
    ],
    [
      'nothing to compare',
      {
        videos: { both: 0, onlySubmitted: 0, onlyMade: 0 },
        vectors: { submitted: 0, made: 0, matched: 0 },
        cosine: null,
        lengthRatio: null,
        maxTimeDifference: null,
      },
      'neither has a vector for the subset',
    ],
  ])('%s', (_, change, reason) => {
    const found = judge({ ...same, ...change });
    expect(found.verdict).toBe('differs');
    expect(found.reasons.join()).toContain(reason);
    expect(reproductionLines(found)[0]).toContain('does not make the submitted descriptors');
  });

  it('names the worst videos, five of them', () => {
    const worstVideos = Array.from({ length: 7 }, (_, at) => ({ ...worst, video: `Q10000${at}` }));
    const lines = reproductionLines(judge({ ...same, cosine: { mean: 0, min: -1 }, worstVideos }));
    expect(lines[1]).toBe('  cosine similarity is 0.0000 on average, -1.0000 at worst');
    expect(lines.slice(2)).toHaveLength(5);
    expect(lines[2]).toBe('  Q100000: 5 submitted, 5 made, cosine -1.0000');
  });

  it('says nothing of a cosine where nothing matched', () => {
    const worstVideos = [
      { ...worst, submitted: 5000, made: 0, matched: 0, meanCosine: null, agreement: 0 },
    ];
    const videos = { both: 2, onlySubmitted: 1, onlyMade: 0 };
    expect(reproductionLines(judge({ ...same, videos, worstVideos })).at(-1)).toBe(
      '  Q100003: 5,000 submitted, 0 made',
    );
  });
});

it('what was not compared is told, with the reason', () => {
  const lines = reproductionLines({
    verdict: 'not compared',
    why: 'the timestamps are no numbers',
  });
  expect(lines).toEqual([
    'Whether main.py makes the submitted descriptors is not known: the timestamps are no numbers.',
  ]);
});
