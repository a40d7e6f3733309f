import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { dataFolder } from '../../src/dataset/layout.ts';
import { EngineUnreachable } from '../../src/engine/errors.ts';
import type { ContainerEngine, Image, RunOutcome, RunPlan } from '../../src/engine/port.ts';
import { type Frames, type Pair, pairsToShow, segmentsToShow } from '../../src/frames/frames.ts';
import { takeFrames } from '../../src/frames/take-frames.ts';
import { projectAt } from '../../src/project.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { engineWith, fakeEngine } from '../support/fake-engine.ts';
import { folderWith } from '../support/folder.ts';
import { matchScore, rankingScore } from '../support/report-model.ts';

const able: Image = {
  id: 'sha256:able',
  tags: [],
  digests: [],
  bytes: 1,
  labels: { 'vsc.runtime.frames': '1' },
};
const unable: Image = { ...able, id: 'sha256:unable', labels: {} };

const pair = (query: string, reference: string) => ({ query, reference, score: 1, rank: 1 });
const loss = (query: string, reference?: string) => ({
  query,
  truePairs: 1,
  found: 1,
  bestRank: 9,
  loss: 0.1,
  ...(reference !== undefined && { reference }),
});

const score = {
  ...rankingScore(0.5, 40),
  topFalsePairs: [pair('Q100001', 'R100001'), pair('Q100002', 'R100002'), pair('../x', 'R100001')],
  worstQueries: [loss('Q100001', 'R100001'), loss('Q100002', 'R100001'), loss('Q100003')],
};

const videos: Readonly<Record<string, string>> = {
  'data/train/query/Q100001.mp4': 'of data',
  'competition_data/train/query/Q100001.mp4': 'of competition_data',
  'competition_data/train/query/Q100002.mp4': 'second',
  'competition_data/train/reference/R100001.mp4': 'reference',
  'submission/submission.zip': 'zip',
};

const side = (seconds: number) => ({ seconds, jpeg: '/9j/', problem: null });

interface Fake {
  readonly outcome?: Partial<RunOutcome>;
  readonly says?: string;
  readonly slim?: boolean;
  readonly writes?: string;
}

/** An engine whose containers show every pair at 1 and 2 s, and what they were asked for. */
function cinema({ outcome = {}, says = '', slim = false, writes }: Fake = {}) {
  const seen: { plan: RunPlan; pairs: unknown; videos: readonly string[] }[] = [];
  const slimName = 'meta-vsc-descriptor-runtime:slim-local';
  const engine: ContainerEngine = {
    ...fakeEngine(),
    ...engineWith(slim ? { [slimName]: { labels: able.labels } } : {}),
    info: fakeEngine().info,
    run: async (plan, io) => {
      const folder = plan.mounts.find(({ target }) => target === '/frames')?.source ?? '';
      const pairs = JSON.parse(await readFile(join(folder, 'pairs.json'), 'utf8'));
      const names = await readdir(join(folder, 'videos'));
      seen.push({ plan, pairs, videos: names.sort() });
      await io.onOutput(Buffer.from(says), 'stdout');
      const ended = { exitCode: 0, outOfMemory: false, seconds: 1, ...outcome };
      const written = pairs.map(() => ({ similarity: 0.5, query: side(1), reference: side(2) }));
      const tar = pack();
      tar.entry({ name: 'frames.json' }, writes ?? JSON.stringify(written));
      tar.finalize();
      const get = async () => Readable.from(tar as AsyncIterable<Buffer>, { objectMode: false });
      const unexpected = () => Promise.reject(new Error('not expected to be called'));
      await io.onExited?.({ stat: unexpected, put: unexpected, get }, ended);
      return ended;
    },
  };
  return { engine: async () => engine, seen };
}

interface Taking {
  readonly files?: Readonly<Record<string, string>>;
  readonly image?: Image;
  readonly signal?: AbortSignal;
  readonly pairs?: readonly Pair[];
}

async function take(
  engine: () => Promise<ContainerEngine>,
  {
    files = videos,
    image = able,
    signal = new AbortController().signal,
    pairs = pairsToShow(score),
  }: Taking = {},
): Promise<Frames & { readonly root: string }> {
  const root = await folderWith(files);
  const project = projectAt(root);
  const frames = await takeFrames(
    {
      project,
      track: descriptorTrack,
      dataset: 'train',
      data: dataFolder(join(project.data, 'train')),
      pairs,
      image,
      folder: join(root, 'frames'),
      limits: { memoryBytes: 1e9, pids: 64 },
    },
    {
      engine,
      reporter: { report() {}, async output() {} },
      signal,
      owner: { pid: 1, hostname: 'h', started: 1 },
    },
  );
  return { ...frames, root };
}

describe('the frames of a score', () => {
  it('are of each pair once, the subset’s own videos before the others, in a container that can do nothing', async () => {
    const { engine, seen } = cinema();
    const { pairs, notes, root } = await take(engine);
    const [run] = seen;
    expect(run?.pairs).toEqual([
      ['Q100001', 'R100001'],
      ['Q100002', 'R100002'],
      ['../x', 'R100001'],
      ['Q100002', 'R100001'],
    ]);
    expect(run?.videos).toEqual(['Q100001.mp4', 'Q100002.mp4', 'R100001.mp4']);
    expect(await readFile(join(root, 'frames/videos/Q100001.mp4'), 'utf8')).toBe('of data');
    expect(run?.plan).toMatchObject({
      image: 'sha256:able',
      network: 'none',
      gpus: 'none',
      unprivileged: true,
      user: '10001:10001',
      limits: { memoryBytes: 1e9, pids: 64, seconds: 300 },
    });
    expect(run?.plan.mounts.every(({ readOnly }) => readOnly)).toBe(true);
    expect(pairs[0]).toEqual({
      query: 'Q100001',
      reference: 'R100001',
      similarity: 0.5,
      queryMoment: { seconds: 1, jpeg: '/9j/' },
      referenceMoment: { seconds: 2, jpeg: '/9j/' },
    });
    expect(notes).toEqual([
      '../x is not in data/train/query or competition_data/train/query: no frame.',
      'R100002 is not in competition_data/train/reference: no frame.',
    ]);
  });

  it('are not looked for where no pair has both videos: the report says what is missing', async () => {
    const { 'competition_data/train/reference/R100001.mp4': _, ...files } = videos;
    const { pairs, notes } = await take(() => Promise.reject(new Error('not expected')), { files });
    expect(pairs).toEqual([]);
    expect(notes).toContain(
      '2 of these videos are not in competition_data/train/reference: no frame.',
    );
  });

  it('are taken by the slim image where the submission ran in one that can not', async () => {
    const { engine, seen } = cinema({ slim: true });
    expect((await take(engine, { image: unable })).pairs).toHaveLength(4);
    expect(seen[0]?.plan.image).toContain('slim-local');
    const { pairs, notes } = await take(cinema().engine, { image: unable });
    expect(pairs).toEqual([]);
    expect(notes.join()).toMatch(/the image can not take them .* "vsc build --slim"/);
  });

  it.each([
    [
      'fails',
      { outcome: { exitCode: 1 }, says: 'one\nBadZip: torn\n' },
      'exit code 1, BadZip: torn',
    ],
    ['has no memory', { outcome: { exitCode: 137, outOfMemory: true } }, 'out of memory'],
    [
      'takes too long',
      { outcome: { exitCode: 137, stoppedFor: 'seconds' } },
      'they took longer than 300 seconds',
    ],
    ['writes none', { writes: '[{"similarity": Infinity}]' }, 'they are not readable'],
    ['writes half', { writes: '[{"similarity": 1}]' }, 'they are not readable'],
  ] as const)('are an extra: where the container %s, the report says so', async (_, fake, why) => {
    const { pairs, notes } = await take(cinema(fake).engine);
    expect(pairs).toEqual([]);
    expect(notes).toEqual([`There are no frames: ${why}.`]);
  });

  it('are an extra where the engine is gone, too; an interrupt is none', async () => {
    const gone = () => Promise.reject(new EngineUnreachable('The engine is gone.'));
    expect((await take(gone)).notes).toEqual(['There are no frames: The engine is gone.']);
    const signal = AbortSignal.abort(new Error('interrupted'));
    await expect(take(cinema().engine, { signal })).rejects.toThrow('interrupted');
  });

  it('are taken at given seconds without a look at the submission', async () => {
    const { engine, seen } = cinema();
    const image = { ...able, labels: { 'vsc.runtime.frames': '2' } };
    const seconds = { query: 1.5, reference: 9 };
    const wanted = [{ query: 'Q100001', reference: 'R100001', seconds }];
    const { pairs } = await take(engine, { pairs: wanted, image });
    expect(seen[0]?.pairs).toEqual([['Q100001', 'R100001', 1.5, 9]]);
    expect(seen[0]?.plan.mounts.map(({ target }) => target)).toEqual(['/frames']);
    expect(JSON.stringify(seen[0]?.plan)).not.toContain('zip');
    expect(Object.keys(pairs[0] ?? {})).not.toContain('seconds');
    const older = await take(cinema({ slim: true }).engine, { pairs: wanted });
    expect(older.notes.join()).toMatch(/the image can not take them .* "vsc build --slim"/);
  });
});

describe('the segments to show', () => {
  const times = (start: number, end: number) => ({
    queryStart: start,
    queryEnd: end,
    referenceStart: start + 100,
    referenceEnd: end + 100,
  });
  const predicted = [{ ...times(3, 4), score: 2 }];
  const worst = (query: string, truth: readonly ReturnType<typeof times>[]) => ({
    query,
    reference: 'R1',
    loss: 1,
    trueSegments: truth.length,
    segments: 1,
    truth,
    predicted,
  });

  it('are the longest true one or the best prediction, and the false ones, at both ends and once', () => {
    const shown = segmentsToShow({
      ...matchScore(0.5, 40),
      worstPairs: [
        worst('Q1', [times(0, 1), times(5, 9), times(2, 3)]),
        worst('Q2', []),
        { ...worst('Q3', []), predicted: [] },
      ],
      falseSegments: [{ query: 'Q2', reference: 'R1', rank: 1, score: 2, ...times(3, 4) }],
    });
    const at = (query: number) => ({ query, reference: query + 100 });
    expect(shown).toEqual([
      { query: 'Q1', reference: 'R1', seconds: at(5) },
      { query: 'Q1', reference: 'R1', seconds: at(9) },
      { query: 'Q2', reference: 'R1', seconds: at(3) },
      { query: 'Q2', reference: 'R1', seconds: at(4) },
    ]);
  });
});
