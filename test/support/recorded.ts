import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { requireData } from '../../src/dataset/require-data.ts';
import type { ContainerEngine } from '../../src/engine/port.ts';
import { projectAt } from '../../src/project.ts';
import { parseLimits } from '../../src/rehearsal/limits.ts';
import type { PreparedRehearsal, RehearsalRequest } from '../../src/rehearsal/prepare.ts';
import { recordRun } from '../../src/rehearsal/record-run.ts';
import type { RunFacts } from '../../src/rehearsal/summary.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { engineWith } from './fake-engine.ts';
import { folderWith } from './folder.ts';
import { quiet, recorder } from './recorder.ts';

const columns = 'video_id,duration_sec,frames_per_sec,width,height,rn\n';
const header = 'query_id,ref_id,score\n';

/** All that a small run has on the disk once it is over; `Q100003` has no video. */
export const runFiles = {
  'submission/submission.zip': 'the zip',
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

const counts = { subset_queries: 3, full_pairs: 2, subset_pairs: 1 };
const facts: RunFacts = {
  containerSeconds: 2.5,
  report: { stages: [{ name: 'main', seconds: 1.5 }], counts, versions: { python: '3.9.13' } },
  peakMemoryBytes: undefined,
  fullPairs: 2,
  subsetPairs: 1,
  subsetQueries: 3,
};

const engine: ContainerEngine = {
  ...engineWith({}),
  info: async () => ({
    endpoint: 'ssh://me@secret-host',
    version: '24.0.1',
    apiVersion: '1.43',
    product: 'Docker',
    remote: false,
  }),
};

/**
 * A project in which `during` (by default: it leaves an archive) took the place of the containers,
 * recorded as a real run is. `recording` settles as the recorded run did.
 */
export async function recordedProject(
  during: (root: string) => Promise<void> = async () => {},
  signal: AbortSignal = quiet,
) {
  const parent = await folderWith();
  const root = join(parent, 'home-of-jane/project');
  await mkdir(root, { recursive: true });
  const project = projectAt(root);
  await fill(root);
  const data = await requireData(project, 'train');
  const limits = parseLimits({ memory: '16g' });
  const request: RehearsalRequest = {
    project,
    track: descriptorTrack,
    dataset: 'train',
    image: { cpuOrGpu: 'cpu', registryImage: 'registry/x:1', roots: [] },
    skipGpu: false,
    blockInternet: true,
    phase2: false,
    limits,
    officialLimits: false,
  };
  const image = {
    id: 'sha256:abc',
    tags: ['x:1'],
    digests: ['registry/x@sha256:def'],
    bytes: 1,
    labels: { 'vsc.runtime.variant': 'cpu' },
  };
  const prepared: PreparedRehearsal = {
    run: {
      id: '0badcafe',
      image: image.id,
      root,
      zip: project.zip,
      data: data.files.folder,
      dataset: 'train',
      blockInternet: true,
      gpus: false,
      phase2: false,
      limits: limits.container,
      owner: { pid: 77, hostname: 'janes-laptop' },
    },
    choice: { name: 'registry/x:1', image, kind: 'official', why: 'official image' },
    data,
    facts: {} as PreparedRehearsal['facts'],
    limits,
  };
  const { reporter, events } = recorder();
  const recording = recordRun(
    request,
    prepared,
    {
      engine: async () => engine,
      reporter,
      signal,
      owner: prepared.run.owner,
      isAlive: () => false,
    },
    {
      settings: [
        { name: 'CPU_OR_GPU', value: 'cpu', source: `found ${parent}/home-of-jane/bin/nvidia-smi` },
      ],
      skippedPreflight: false,
      versions: { vsc: '1.2.3', node: 'v20.0.0', platform: 'linux x64' },
      home: join(parent, 'home-of-jane'),
    },
    async () => {
      await during(root);
      await writeArchive(project.archive);
      return facts;
    },
  );
  recording.catch(() => {});
  return { root, project, recording, events };
}

async function fill(root: string): Promise<void> {
  for (const [name, content] of Object.entries(runFiles)) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), content);
  }
}
