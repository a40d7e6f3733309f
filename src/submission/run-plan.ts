import { basename } from 'node:path';
import type { RunPlan } from '../engine/port.ts';

/** What a run of a submission is planned from; all paths absolute. */
export interface SubmissionRun {
  /** Tells this run from any other, e.g. eight hex digits. */
  readonly id: string;
  readonly image: string;
  readonly project: {
    readonly root: string;
    readonly submission: string;
    readonly log: string;
  };
  /** The folder that becomes /data. */
  readonly data: string;
  readonly dataset: string;
  readonly blockInternet: boolean;
  readonly gpus: boolean;
  readonly phase2: boolean;
  /** This process, so that a later one can tell whether it is still there. */
  readonly owner: { readonly pid: number; readonly hostname: string };
}

/** Where the official images expect things. */
const dataFolder = '/data';
const submissionFolder = '/code_execution/submission';

/** The runtime's own size of /dev/shm: 8 GiB. */
const shmBytes = 8 * 1024 ** 3;

/** Labels by which `vsc` knows its containers. */
export const labels = {
  project: 'vsc.project',
  run: 'vsc.run',
  pid: 'vsc.pid',
  hostname: 'vsc.hostname',
} as const;

/** How the container of a submission runs, as plain data. */
export function planSubmissionRun(run: SubmissionRun): RunPlan {
  return {
    name: `vsc-${nameOf(run.project.root)}-${run.id}`,
    image: run.image,
    command: [],
    environment: { DATASET: run.dataset, PHASE2: String(run.phase2), PYTHONUNBUFFERED: '1' },
    labels: {
      [labels.project]: run.project.root,
      [labels.run]: run.id,
      [labels.pid]: String(run.owner.pid),
      [labels.hostname]: run.owner.hostname,
    },
    mounts: [
      { source: run.data, target: dataFolder, readOnly: true },
      { source: run.project.submission, target: submissionFolder, readOnly: false },
      // The images write a log.txt too. Ours is written from outside, so theirs goes nowhere.
      {
        source: '/dev/null',
        target: `${submissionFolder}/${basename(run.project.log)}`,
        readOnly: false,
      },
    ],
    network: run.blockInternet ? 'none' : 'default',
    gpus: run.gpus ? 'all' : 'none',
    shmBytes,
    init: true,
  };
}

/** The project's folder name as far as a container's name may hold it. */
function nameOf(root: string): string {
  const name = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return name.replace(/^-+|-+$/g, '').slice(0, 30) || 'project';
}
