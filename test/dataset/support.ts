import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { VscError } from '../../src/errors.ts';
import type { VscEvent } from '../../src/progress/events.ts';
import { type Project, projectAt } from '../../src/project.ts';
import { box, mp4 } from '../support/mp4.ts';

/** A folder of its own for the running test, gone when that ends. */
export async function temporaryFolder(parent: string = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(parent, 'vsc-dataset-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function temporaryProject(): Promise<Project> {
  return projectAt(await temporaryFolder());
}

/** `Q100001`, `Q100002`, … */
export function queryIds(n: number): string[] {
  return Array.from({ length: n }, (_, index) => `Q${100001 + index}`);
}

export function metadataCsv(ids: readonly string[]): string {
  const rows = ids.map((id, index) => `${id},${10 + index / 8},29.97,640,360,${index + 1}\n`);
  return `video_id,duration_sec,frames_per_sec,width,height,rn\n${rows.join('')}`;
}

export interface FakeData {
  readonly queries?: number;
  /** Prefix of the CSV files: '' or 'train_'. */
  readonly prefix?: string;
  readonly groundTruthName?: string;
  /** Ids that are listed without a video. */
  readonly absent?: readonly string[];
}

/** A video whose container is sound and holds its own id; as long as the metadata above say. */
export function film(id: string): Buffer {
  const seconds = 10 + (Number(id.slice(1)) - 100001) / 8;
  return Buffer.concat([mp4({ seconds, bytes: 1 }), box('free', Buffer.from(id))]);
}

/** Bytes of a film. */
export const filmBytes = film('Q100001').length;

/** Competition data in `folder` with a film for each query, the ground truth with segments. */
export async function fillCompetitionData(folder: string, data: FakeData = {}): Promise<string[]> {
  const { queries = 100, prefix = '', groundTruthName = `${prefix}ground_truth.csv` } = data;
  const ids = queryIds(queries);
  await mkdir(join(folder, 'query'), { recursive: true });
  await mkdir(join(folder, 'reference'));
  await writeFile(join(folder, `${prefix}query_metadata.csv`), metadataCsv(ids));
  const references = metadataCsv(['R100001', 'R100002']);
  await writeFile(join(folder, `${prefix}reference_metadata.csv`), references);
  const truth = ids.map((id) => `${id},R100001,"0,5",4\n${id},R100001,5,8\n`).join('');
  const header = 'query_id,ref_id,query_start,query_end\n';
  if (groundTruthName) await writeFile(join(folder, groundTruthName), header + truth);
  for (const id of ids) {
    if (!data.absent?.includes(id)) await writeFile(join(folder, 'query', `${id}.mp4`), film(id));
  }
  return ids;
}

/** Keeps what a room reports. */
export function listening(onEvent: (event: VscEvent) => void = () => {}) {
  const events: VscEvent[] = [];
  const report = {
    report(event: VscEvent) {
      events.push(event);
      onEvent(event);
    },
  };
  const warnings = () => events.flatMap((e) => (e.type === 'warning' ? [e.message] : []));
  const progress = () => events.flatMap((e) => (e.type === 'progress' ? [e] : []));
  return { report, events, warnings, progress };
}

/** What a promise fails with; fails the test if it doesn't. */
export async function failure(promise: Promise<unknown>): Promise<VscError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: VscError) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error(`Expected a failure, got ${JSON.stringify(outcome.value)}`);
}

/** Every file below a folder and its text, by relative path; nothing if it isn't there. */
export async function contents(folder: string): Promise<Record<string, string>> {
  if (!existsSync(folder)) return {};
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  const texts = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path.slice(folder.length + 1), await readFile(path, 'utf8')];
  });
  return Object.fromEntries(await Promise.all(texts));
}
