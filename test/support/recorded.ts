import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { create } from 'tar';
import { pack } from 'tar-stream';
// These two are loaded by those who need them; here at once, since mutation testing takes
// what a module makes when it is loaded for the work of the test that loaded it.
import '../../src/provenance/provenance.ts';
import '../../src/report/page.ts';
import type { ContainerEngine } from '../../src/engine/port.ts';
import { projectAt } from '../../src/project.ts';
import { parseLimits } from '../../src/rehearsal/limits.ts';
import type { RehearsalRequest, RehearsalWorld } from '../../src/rehearsal/prepared.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { fakeEngine } from './fake-engine.ts';
import { folderWith } from './folder.ts';
import { rawZip } from './raw-zip.ts';
import { quiet, recorder } from './recorder.ts';

const columns = 'video_id,duration_sec,frames_per_sec,width,height,rn\n';
const header = 'query_id,ref_id,score\n';

/** All that a small run has on the disk once it is over; `Q100003` has no video. */
export const runFiles = {
  'submission/submission.zip': rawZip([{ name: 'main.py', data: 'pass' }]),
  'data/train/query_metadata.csv': `${columns}Q100001,1,1,1,1,1\n`,
  'data/train/reference_metadata.csv': `${columns}R100001,1,1,1,1,1\n`,
  'data/train/query_subset.csv': 'video_id\nQ100001\nQ100002\nQ100003\n',
  'data/train/ground_truth.csv': 'query_id,ref_id\nQ100001,R100001\n',
  'data/train/subset_ground_truth.csv': 'query_id,ref_id\n',
  'data/train/query/Q100001.mp4': 'one video',
  'data/train/query/Q100002.mp4': 'another',
  'submission/subset_query_descriptors.npz': 'descriptors',
  'submission/log.txt': 'what main.py said\n',
};

/** The rankings in a run's archive. */
export const rankingFiles = {
  'full_rankings.csv': `${header}Q100001,R100001,0.5\nQ100002,R100001,0.25\n`,
  'subset_rankings.csv': `${header}Q100001,R100001,0.5\n`,
};

/** Writes an archive of these rankings to `file`. */
export async function writeArchive(file: string, rankings: Record<string, string> = rankingFiles) {
  const cwd = await folderWith(rankings);
  await create({ cwd, file, gzip: true, portable: true }, Object.keys(rankings));
}

/** What the runtime in the two containers reports: the first runs main.py, the second scores. */
const reportsOf = (searchSeconds: number | undefined) =>
  [
    { stages: [{ name: 'main', seconds: 1.5 }], counts: {}, versions: { python: '3.9.13' } },
    {
      stages: searchSeconds === undefined ? [] : [{ name: 'search_full', seconds: searchSeconds }],
      counts: { queries: 800, references: 4000, subset_queries: 3, full_pairs: 2, subset_pairs: 1 },
    },
  ].map((report) => JSON.stringify({ version: 1, ...report }));

/** What the containers print besides what main.py said, and where. */
type Says = Partial<Record<'execute' | 'score', Partial<Record<'stdout' | 'stderr', string>>>>;

/** An engine in which `during` takes the place of the submission's code. */
function engineRunning(
  during: () => Promise<void>,
  labels: Readonly<Record<string, string>>,
  says: Says,
  searchSeconds: number | undefined,
): ContainerEngine {
  return {
    ...fakeEngine({
      images: {
        'registry/x:1': {
          id: 'sha256:abc',
          digests: ['registry/x@sha256:def'],
          labels: { 'vsc.runtime.variant': 'cpu', 'vsc.runtime.contract': '1', ...labels },
        },
      },
    }),
    info: async () => ({
      endpoint: 'ssh://me@secret-host',
      version: '24.0.1',
      apiVersion: '1.43',
      product: 'Docker',
      remote: true,
    }),
    listContainers: async () => [],
    run: async ({ command }, io) => {
      const scores = command[0] === 'score';
      const outcome = {
        exitCode: 0,
        outOfMemory: false,
        seconds: scores ? 1 : 1.5,
        ...(!scores && { without: ['init'] }),
      };
      for (const source of ['stdout', 'stderr'] as const) {
        const text = says[scores ? 'score' : 'execute']?.[source];
        if (text !== undefined) await io.onOutput(Buffer.from(text), source);
      }
      if (!scores) {
        await io.onOutput(Buffer.from(runFiles['submission/log.txt']), 'stdout');
        await during();
      }
      const left: Record<string, string | Uint8Array | undefined> = {
        'run_report.json': reportsOf(searchSeconds)[scores ? 1 : 0],
        'subset_query_descriptors.npz': runFiles['submission/subset_query_descriptors.npz'],
        'submission.tar.gz': scores ? await archiveOf(rankingFiles) : undefined,
      };
      await io.onExited?.(containerWith(left), outcome);
      return outcome;
    },
  };
}

/** A container that has ended, with these files wherever they are looked for. */
function containerWith(left: Readonly<Record<string, string | Uint8Array | undefined>>) {
  return {
    stat: async () => undefined,
    put: async () => {},
    get: async (path: string) => {
      const content = left[basename(path)];
      if (content === undefined) return undefined;
      const tar = pack();
      tar.entry({ name: basename(path) }, Buffer.from(content as Uint8Array));
      tar.finalize();
      return Readable.from(tar as AsyncIterable<Buffer>);
    },
  };
}

async function archiveOf(rankings: Record<string, string>): Promise<Buffer> {
  const file = join(await folderWith(), 'archive');
  await writeArchive(file, rankings);
  return readFile(file);
}

/**
 * A project that was rehearsed as a real one is, but for the containers: `during` takes the place of
 * main.py. `recording` settles as the run did: a submission's failure is thrown.
 */
export async function recordedProject(
  during: (root: string) => Promise<void> = async () => {},
  {
    signal = quiet,
    files = {},
    skipPreflight = true,
    labels = {},
    says = {},
    searchSeconds,
    userHome,
    keep = false,
  }: {
    readonly signal?: AbortSignal;
    readonly files?: Record<string, string | Uint8Array>;
    readonly skipPreflight?: boolean;
    /** More labels of the image. */
    readonly labels?: Readonly<Record<string, string>>;
    readonly says?: Says;
    readonly searchSeconds?: number;
    /** Elsewhere than above the project. */
    readonly userHome?: string;
    readonly keep?: boolean;
  } = {},
) {
  const parent = await folderWith();
  const home = join(parent, 'home-of-jane');
  const root = join(home, 'project');
  await mkdir(root, { recursive: true });
  const project = projectAt(root);
  await fill(root, { ...runFiles, ...files });
  const { reporter, events, output } = recorder();
  const engine = engineRunning(() => during(root), labels, says, searchSeconds);
  const request: RehearsalRequest = {
    project,
    track: descriptorTrack,
    dataset: 'train',
    image: { cpuOrGpu: 'cpu', registryImage: 'registry/x:1', roots: [] },
    skipGpu: false,
    blockInternet: true,
    phase2: false,
    limits: parseLimits({ memory: '16g' }),
    officialLimits: false,
    skipPreflight,
    gpuAsked: false,
    keep,
    settings: [{ name: 'CPU_OR_GPU', value: 'cpu', source: `found ${home}/bin/nvidia-smi` }],
  };
  const world: RehearsalWorld = {
    engine: async () => engine,
    reporter,
    signal,
    owner: { pid: 77, hostname: 'janes-laptop', started: 1 },
    isAlive: () => false,
    nvidiaSmi: async () => undefined,
    versions: { vsc: '1.2.3', node: 'v20.0.0', platform: 'linux x64' },
    home: userHome ?? home,
  };
  const rehearsing = rehearse(request, world);
  const recording = rehearsing.then(({ outcome, provenance }) => {
    if (outcome.failure !== undefined) throw outcome.failure;
    if (provenance === undefined) throw new Error('a run that went well has no record');
    return { provenance, facts: outcome.facts };
  });
  recording.catch(() => {});
  return { root, project, recording, events, output };
}

async function fill(root: string, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), content);
  }
}
