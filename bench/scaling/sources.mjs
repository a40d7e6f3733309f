import { sources } from '../support/sources.mjs';

const modules = [
  'batch/judge-all',
  'batch/prepare',
  'batch/submission-task',
  'batch/submissions',
  'batch/tables',
  'batch/verdict',
  'describe/describe-folder',
  'describe/plan',
  'describe/prepare',
  'describe/run-shards',
  'describe/sources',
  'descriptors/random',
  'provenance/digests',
  'scheduler/slurm',
  'tasks/job-book',
  'tasks/run-tasks',
  'tasks/task-folder',
  'tracks/tracks',
];

/** What is measured, from src/, in one module. */
export const loadSources = () => sources(...modules);

const signal = new AbortController().signal;

/** The world of the rooms, in which nothing is told. */
export const world = {
  signal,
  reporter: { report() {}, async output() {} },
  insistence: () => signal,
  version: 'bench',
  owner: { hostname: 'bench', pid: process.pid },
  isAlive: () => true,
};

/** `count` ids: Q100001, Q100002, … */
export const ids = (letter, count) =>
  Array.from({ length: count }, (_, at) => `${letter}${100_001 + at}`);

/** A metadata table of videos of half a minute. */
export const metadataOf = (all) =>
  `${['video_id,duration_sec', ...all.map((id) => `${id},29.5`)].join('\n')}\n`;
