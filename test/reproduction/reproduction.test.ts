import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileSource, openFileSource } from '../../src/descriptors/byte-source.ts';
import { writeNpz } from '../../src/descriptors/npz-writer.ts';
import { packSubmission } from '../../src/packing/pack.ts';
import { compareDescriptors, compareSets } from '../../src/reproduction/compare.ts';
import { type Reproduction, reproductionLines } from '../../src/reproduction/reproduction.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { folderWith } from '../support/folder.ts';
import { quiet, recorder } from '../support/recorder.ts';

/** A vector: of which video, when, which values. */
interface Vector {
  readonly id: string;
  readonly time: number;
  readonly values: readonly number[];
}

const dimensions = 8;

/** The values that a code would compute for second `second` of a video, the same every time. */
const valuesOf = (id: string, second: number) =>
  Array.from({ length: dimensions }, (_, at) =>
    Math.sin(Number(id.slice(1)) * 3 + second * 7 + at),
  );

/** Five seconds each of six queries, of which the subset has three. */
const submitted: readonly Vector[] = [1, 2, 3, 4, 5, 6].flatMap((number) =>
  [0, 1, 2, 3, 4].map((time) => {
    const id = `Q10000${number}`;
    return { id, time, values: valuesOf(id, time) };
  }),
);
const subset = ['Q100002', 'Q100003', 'Q100005'];
const made = submitted.filter(({ id }) => subset.includes(id));

async function writeSet(path: string, vectors: readonly Vector[]): Promise<void> {
  const count = vectors.length;
  const ids = Buffer.alloc(7 * count);
  vectors.forEach(({ id }, at) => {
    ids.write(id, 7 * at, 'latin1');
  });
  const floats = (values: readonly number[]) => [Buffer.from(Float32Array.from(values).buffer)];
  await writeNpz(path, [
    { name: 'video_ids', descr: '|S7', shape: [count], chunks: [ids] },
    {
      name: 'features',
      descr: '<f4',
      shape: [count, vectors[0]?.values.length ?? 0],
      chunks: floats(vectors.flatMap(({ values }) => values)),
    },
    {
      name: 'timestamps',
      descr: '<f4',
      shape: [count, 2],
      chunks: floats(vectors.flatMap(({ time }) => [time, time + 1])),
    },
  ]);
}

/** What comes of a submission with `submitted` whose `main.py` made `vectors`. */
async function compared(vectors: readonly Vector[]): Promise<Reproduction> {
  const project = await folderWith();
  const source = join(project, 'submission_src');
  await mkdir(source);
  await writeSet(join(source, 'query_descriptors.npz'), submitted);
  const zip = join(project, 'submission.zip');
  const request = { folder: source, zip, force: false, dryRun: false };
  await packSubmission(request, recorder().reporter, quiet);
  const path = join(project, 'subset.npz');
  await writeSet(path, vectors);
  const result = await compareDescriptors(zip, path, subset, descriptorTrack, quiet);
  if (result.verdict === 'not compared') throw new Error(result.why);
  return result;
}

const change = (to: (vector: Vector, at: number) => Partial<Vector>) =>
  made.map((vector, at) => ({ ...vector, ...to(vector, at) }));

/** Turned by so much that the cosine with the original is `cosine`. */
const turned = (values: readonly number[], cosine: number) => {
  const [x = 0, y = 0] = values;
  const across = values.map((_, at) => (at === 0 ? -y : at === 1 ? x : 0));
  const length = (vector: readonly number[]) => Math.hypot(...vector);
  const sine = Math.sqrt(1 - cosine ** 2) * (length(values) / length(across));
  return values.map((value, at) => cosine * value + sine * (across[at] ?? 0));
};

describe('reproduces', () => {
  it.each([
    ['the same', made],
    ['float noise', change(({ values }) => ({ values: values.map((v) => v * (1 + 1e-4)) }))],
    ['timestamps a hair apart', change(({ time }) => ({ time: time + 0.01 }))],
    [
      'the same vectors in another order within each video',
      subset.flatMap((video) => made.filter(({ id }) => id === video).toReversed()),
    ],
  ])('%s', async (_, vectors) => {
    const result = await compared(vectors);
    expect(result).toMatchObject({
      verdict: 'reproduces',
      reasons: [],
      videos: { both: 3, onlySubmitted: 0, onlyMade: 0 },
      vectors: { submitted: 15, made: 15, matched: 15 },
      worstVideos: [],
    });
    expect(reproductionLines(result)).toEqual([
      'main.py reproduces the submitted descriptors (15 vectors of 3 videos).',
    ]);
  });
});

describe('close', () => {
  it('vectors turned a little, with the figures', async () => {
    const result = await compared(change(({ values }) => ({ values: turned(values, 0.98) })));
    expect(result.verdict).toBe('close');
    expect(result.cosine?.mean).toBeCloseTo(0.98, 5);
    expect(result.cosine?.min).toBeCloseTo(0.98, 5);
    expect(reproductionLines(result)[1]).toContain('0.9800 on average, 0.9800 at worst');
  });

  it('all of it half a second later', async () => {
    const result = await compared(change(({ time }) => ({ time: time + 0.5 })));
    expect(result).toMatchObject({ verdict: 'close', maxTimeDifference: 0.5 });
    expect(result.reasons).toEqual(['timestamps differ by up to 0.50 s']);
  });
});

describe('differs', () => {
  it('vectors of another model: the worst videos first', async () => {
    const result = await compared(
      change(({ id, values }) => ({ values: id === 'Q100003' ? values.map((v) => -v) : values })),
    );
    expect(result).toMatchObject({
      verdict: 'differs',
      worstVideos: [{ video: 'Q100003', matched: 5, meanCosine: expect.closeTo(-1, 6) }],
    });
    expect(result.worstVideos).toHaveLength(1);
    expect(reproductionLines(result).join('\n')).toMatch(/Q100003: 5 submitted, 5 made, cosine -1/);
  });

  it('the same directions, not normalised', async () => {
    const result = await compared(change(({ values }) => ({ values: values.map((v) => 3 * v) })));
    expect(result.verdict).toBe('differs');
    expect(result.cosine?.min).toBeCloseTo(1, 6);
    expect(result.lengthRatio?.max).toBeCloseTo(3, 5);
    expect(result.reasons.join()).toContain('normalised');
  });

  it('fewer vectors: the same moments are compared', async () => {
    const result = await compared(made.filter(({ time }) => time % 2 === 0));
    expect(result).toMatchObject({
      verdict: 'differs',
      vectors: { submitted: 15, made: 9, matched: 9 },
    });
    expect(result.cosine?.min).toBeCloseTo(1, 6);
  });

  it('a video that main.py leaves out', async () => {
    const result = await compared(made.filter(({ id }) => id !== 'Q100002'));
    expect(result).toMatchObject({
      verdict: 'differs',
      videos: { both: 2, onlySubmitted: 1, onlyMade: 0 },
      worstVideos: [{ video: 'Q100002', submitted: 5, made: 0, meanCosine: null, agreement: 0 }],
    });
  });

  it('other dimensions', async () => {
    const result = await compared(change(({ values }) => ({ values: values.slice(1) })));
    expect(result).toMatchObject({
      verdict: 'differs',
      dimensions: { submitted: 8, made: 7 },
      cosine: null,
      reasons: ['main.py makes vectors of 7 dimensions, submitted are 8'],
    });
  });

  it('zero vectors, without figures that are no numbers', async () => {
    const result = await compared(change(() => ({ values: new Array(dimensions).fill(0) })));
    expect(result).toMatchObject({ verdict: 'differs', cosine: { mean: 0, min: 0 } });
    expect(JSON.stringify(result)).not.toContain('null,"worst');
  });
});

describe('not compared', () => {
  it.each([
    ['there is no run', undefined, 'there is no '],
    ['it is no npz', 'hello', 'It is not an npz'],
  ])('%s', async (_, content, why) => {
    const folder = await folderWith(content === undefined ? {} : { 'subset.npz': content });
    const source = join(folder, 'src');
    await mkdir(source);
    await writeSet(join(source, 'query_descriptors.npz'), submitted);
    const path = join(folder, 'subset.npz');
    const result = await compareDescriptors(source, path, subset, descriptorTrack, quiet);
    expect(result).toMatchObject({ verdict: 'not compared', why: expect.stringContaining(why) });
    expect(reproductionLines(result)).toEqual([]);
    await rm(source, { recursive: true });
  });
});

describe('every form that numpy saves', () => {
  const open = (name: string) => openFileSource(`test/fixtures/validation/${name}.query.npz`);
  const videos = new Set(Array.from({ length: 50 }, (_, at) => `Q${100_000 + at}`));

  it.each([
    'valid',
    'compressed',
    'fortran-order',
    'byte-string-ids',
    'big-endian-ids',
    'big-endian-timestamps',
    'wide-string-ids',
    'more-arrays',
  ])('%s equals the plain one', async (name) => {
    const sources: FileSource[] = [await open('valid'), await open(name)];
    const [plain, other] = sources as [FileSource, FileSource];
    try {
      const result = await compareSets(plain, other, videos, quiet);
      expect(result.vectors.matched).toBeGreaterThan(0);
      expect(result.reasons).toEqual([]);
    } finally {
      for (const source of sources) await source.close();
    }
  });
});
