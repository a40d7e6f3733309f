import { describe, expect, it } from 'vitest';
import { dimensionFindings, type ExpectedSet } from '../../src/descriptors/rules.ts';
import { checkSet } from '../../src/descriptors/validate.ts';
import { bytesSource, floatsNpy, idsNpy, makeNpy, makeZip } from './support.ts';

const queries: ExpectedSet = {
  file: 'query_descriptors.npz',
  kind: 'query',
  durations: new Map([
    ['Q100001', 1.5],
    ['Q100002', 2],
  ]),
  source: 'query_metadata.csv',
};
const times = (...shape: readonly number[]) => {
  const count = shape.reduce((product, length) => product * length, 8);
  return makeNpy('<f8', shape, Buffer.alloc(count));
};
const good = {
  video_ids: idsNpy(['Q100001', 'Q100002']),
  features: floatsNpy([
    [0, 1],
    [2, 3],
  ]),
  timestamps: times(2),
};

/** What is found in a good set of two vectors after this change. */
async function findingsOf(
  change: Partial<Record<keyof typeof good, Buffer | undefined>>,
  expected = queries,
) {
  const arrays = Object.entries({ ...good, ...change });
  const entries = arrays.flatMap(([name, data]) => (data ? [{ name: `${name}.npy`, data }] : []));
  const set = bytesSource(makeZip([...entries, { name: 'notes.npy', data: good.features }]));
  return (await checkSet(set, expected, { scanFinite: true })).findings;
}

const SAVEZ = 'numpy.savez(file, video_ids=…, timestamps=…, features=…)';
const ISFINITE = 'assert numpy.isfinite(features).all()';

describe('what is said of a set', () => {
  it('is nothing where all is as it should be', async () => {
    expect(await findingsOf({})).toEqual([]);
    expect(await findingsOf({ timestamps: times(2, 2) })).toEqual([]);
  });

  it.each<[string, Parameters<typeof findingsOf>[0], object]>([
    [
      'an array that is missing',
      { timestamps: undefined },
      {
        rule: 'missing-array',
        message: 'the array timestamps is missing; found video_ids, features',
        fix: SAVEZ,
      },
    ],
    [
      'ids that are numbers',
      { video_ids: makeNpy('<i8', [2], Buffer.alloc(16)) },
      {
        rule: 'unreadable',
        message: 'video_ids are <i8 of shape (2,); allowed are strings of shape (N,)',
        fix: 'video_ids = numpy.array([str(i) for i in video_ids])',
      },
    ],
    [
      'ids in a matrix',
      { video_ids: makeNpy('<U7', [2, 1], Buffer.alloc(56)) },
      {
        rule: 'unreadable',
        message: 'video_ids are <U7 of shape (2, 1); allowed are strings of shape (N,)',
        fix: 'video_ids = numpy.array([str(i) for i in video_ids])',
      },
    ],
    [
      'ids that are numbers, of another length',
      { video_ids: makeNpy('<i8', [3], Buffer.alloc(24)) },
      {
        rule: 'unreadable',
        message: 'video_ids are <i8 of shape (3,); allowed are strings of shape (N,)',
        fix: 'video_ids = numpy.array([str(i) for i in video_ids])',
      },
    ],
    [
      'features in a row',
      { features: makeNpy('<f4', [2], Buffer.alloc(8)) },
      {
        rule: 'features-shape',
        message: 'features has shape (2,); needed is (N, D): a row of D ≥ 1 values per vector',
      },
    ],
    [
      'features without values',
      { features: makeNpy('<f4', [2, 0], Buffer.alloc(0)) },
      {
        rule: 'features-shape',
        message: 'features has shape (2, 0); needed is (N, D): a row of D ≥ 1 values per vector',
      },
    ],
    [
      'features of nothing, in a row',
      {
        video_ids: idsNpy([]),
        features: makeNpy('<f4', [0], Buffer.alloc(0)),
        timestamps: times(0),
      },
      {
        rule: 'features-shape',
        message: 'features has shape (0,); needed is (N, D): a row of D ≥ 1 values per vector',
      },
    ],
    [
      'features that are double, in a row',
      { features: makeNpy('<f8', [2], Buffer.alloc(16)) },
      {
        rule: 'features-shape',
        message: 'features has shape (2,); needed is (N, D): a row of D ≥ 1 values per vector',
      },
    ],
    [
      'three times for each vector',
      { timestamps: times(2, 3) },
      {
        rule: 'timestamps-shape',
        message: 'timestamps has shape (2, 3); allowed are (N,) and (N, 2): start and end',
      },
    ],
    [
      'times in three dimensions',
      { timestamps: times(2, 2, 1) },
      {
        rule: 'timestamps-shape',
        message: 'timestamps has shape (2, 2, 1); allowed are (N,) and (N, 2): start and end',
      },
    ],
    [
      'arrays of different lengths',
      { features: floatsNpy([[1, 2]]), timestamps: times(1_000) },
      {
        rule: 'lengths-differ',
        message:
          'the arrays must be equally long, but video_ids has 2, timestamps has 1,000, features has 1',
      },
    ],
    [
      'no vectors',
      {
        video_ids: idsNpy([]),
        features: makeNpy('<f4', [0, 2], Buffer.alloc(0)),
        timestamps: times(0),
      },
      { rule: 'no-vectors', message: 'it has no vectors at all; at least one is needed' },
    ],
    [
      'more vectors than seconds',
      {
        video_ids: idsNpy(Array(5).fill('Q100002')),
        features: floatsNpy(Array(5).fill([1])),
        timestamps: times(5),
      },
      {
        rule: 'too-many-vectors',
        message:
          'it has 5 vectors; allowed are 4, one per second of the 2 videos in query_metadata.csv',
      },
    ],
    [
      'more dimensions than are allowed',
      { features: floatsNpy(Array(2).fill(Array(513).fill(0))) },
      {
        rule: 'too-many-dimensions',
        message: 'its vectors have 513 dimensions; allowed are 512',
      },
    ],
    [
      'ids out of order',
      { video_ids: idsNpy(['Q100002', 'Q100001']) },
      {
        rule: 'ids-not-sorted',
        message: 'video_ids must be sorted, but "Q100002" at index 0 stands before "Q100001"',
        index: 0,
        fix: 'order = numpy.argsort(video_ids, kind="stable"); index all three arrays with it before saving',
      },
    ],
    [
      'a reference among the queries',
      { video_ids: idsNpy(['Q100001', 'R100001']) },
      {
        rule: 'wrong-id-kind',
        message: 'video_ids[1] is "R100001"; ids of query videos start with Q',
        index: 1,
      },
    ],
    [
      'a video that nobody knows',
      { video_ids: idsNpy(['Q100001', 'Q100003']) },
      {
        rule: 'unknown-video',
        message: 'video_ids[1] is "Q100003", which is not in query_metadata.csv',
        index: 1,
      },
    ],
    [
      'features that are double',
      { features: makeNpy('<f8', [2, 2], Buffer.alloc(32)) },
      {
        rule: 'not-float32',
        message: 'features is float64; allowed is float32',
        fix: 'features = features.astype(numpy.float32)',
      },
    ],
    [
      'a value that is none',
      {
        features: floatsNpy([
          [0, 1],
          [Number.NaN, 1],
        ]),
      },
      {
        rule: 'not-finite',
        message: 'features[1, 0] is NaN; every value must be finite',
        index: 1,
        fix: ISFINITE,
      },
    ],
    [
      'an infinite value',
      {
        features: floatsNpy([
          [0, Number.NEGATIVE_INFINITY],
          [0, 1],
        ]),
      },
      {
        rule: 'not-finite',
        message: 'features[0, 1] is -inf; every value must be finite',
        index: 0,
        fix: ISFINITE,
      },
    ],
  ])('names %s', async (_, change, finding) => {
    const { file } = queries;
    expect(await findingsOf(change)).toEqual([{ severity: 'error', file, ...finding }]);
  });

  it('names all three arrays where none is there', async () => {
    const change = { video_ids: undefined, features: undefined, timestamps: undefined };
    expect((await findingsOf(change)).map(({ message }) => message)).toEqual([
      'the array video_ids is missing; found none of the three',
      'the array features is missing; found none of the three',
      'the array timestamps is missing; found none of the three',
    ]);
  });

  it('names what references start with', async () => {
    const references = { ...queries, kind: 'reference' } as const;
    expect((await findingsOf({}, references)).map(({ message }) => message)).toEqual([
      'video_ids[0] is "Q100001"; ids of reference videos start with R',
    ]);
  });
});

it.each([
  [{ vectors: 1, dimensions: 2 }, { vectors: 9, dimensions: 1_000 }, '1,000'],
  [{ vectors: 1, dimensions: 2 }, { vectors: 9, dimensions: 1 }, '1'],
  [{ vectors: 1, dimensions: 2 }, { vectors: 9, dimensions: 2 }, undefined],
  [{ vectors: 1, dimensions: 2 }, { vectors: 9, dimensions: 0 }, undefined],
  [{ vectors: 1, dimensions: 0 }, { vectors: 9, dimensions: 2 }, undefined],
  [{ vectors: 1, dimensions: 2 }, undefined, undefined],
  [undefined, { vectors: 1, dimensions: 2 }, undefined],
])('sets of %j and %j can be searched in each other or not', (shape, other, there) => {
  const found = dimensionFindings({ file: 'a.npz', shape }, { file: 'b.npz', shape: other });
  const message = `its vectors have 2 dimensions, those of b.npz have ${there}; they must have the same`;
  const finding = { severity: 'error', file: 'a.npz', rule: 'dimensions-differ', message };
  expect(found).toEqual(there === undefined ? [] : [finding]);
});
