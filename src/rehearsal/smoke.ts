import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataFolder, dataFolder, videoFile } from '../dataset/layout.ts';
import { type PreparedData, requireData } from '../dataset/require-data.ts';
import { linkOrCopy } from '../dataset/transfer.ts';
import { localDisk } from '../files.ts';
import { withData, withSubmission } from '../project.ts';
import { requireZip } from './prepare.ts';
import type { RehearsalRequest, RehearsalWorld } from './prepared.ts';
import { smokeNote } from './run-report.ts';
import { runFolder } from './work-folder.ts';

/** How many queries of the subset it is about. */
const queries = 3;

/** What the code may take for them at most, in seconds. */
const seconds = 120;

/** A smoke test as the rehearsal that it is, with data of its own, which are gone when it is disposed of. */
export interface SmokeTest extends AsyncDisposable {
  readonly request: RehearsalRequest;
}

/**
 * Makes a rehearsal one of a few queries, in little time, whose results go into a folder of their own: those of a
 * whole rehearsal stay as they are.
 * @throws EnvironmentError where there is no zip or there are no data
 */
export async function smokeTest(
  request: RehearsalRequest,
  world: RehearsalWorld,
): Promise<SmokeTest> {
  const { project, track, dataset, limits } = request;
  await requireZip(project, track);
  const data = await requireData(project, dataset, world.signal);
  const chosen = chooseQueries(data);
  const submission = join(project.submission, 'smoke');
  const folder = runFolder(submission, { ...world, id: randomBytes(4).toString('hex') });
  const remove = () => rm(folder, { recursive: true, force: true });
  const own = join(folder, 'data');
  try {
    await localDisk(`make ${own}`, () => fill(dataFolder(own), data, chosen));
  } catch (error) {
    await remove();
    throw error;
  }
  const smoke = { queries: chosen.length, of: data.subset.length };
  world.reporter.report({ type: 'note', message: smokeNote(smoke) });
  const most = Math.min(limits.container.seconds ?? seconds, seconds);
  return {
    request: {
      ...request,
      project: withData(withSubmission(project, project.zip, submission, submission), dataset, own),
      limits: { ...limits, container: { ...limits.container, seconds: most } },
      smoke,
    },
    [Symbol.asyncDispose]: remove,
  };
}

/** The first ones that have a video, or else the first. */
function chooseQueries({ subset, absent }: PreparedData): readonly string[] {
  const missing = new Set(absent);
  const present = subset.filter((id) => !missing.has(id));
  return (present.length > 0 ? present : subset).slice(0, queries);
}

/** The same data, but for the subset and its videos. */
async function fill(
  to: DataFolder,
  { files, absent }: PreparedData,
  chosen: readonly string[],
): Promise<void> {
  await mkdir(to.queries, { recursive: true });
  await writeFile(to.querySubset, ['video_id', ...chosen, ''].join('\n'));
  await linkOrCopy({ from: files.queryMetadata, to: to.queryMetadata });
  await linkOrCopy({ from: files.referenceMetadata, to: to.referenceMetadata });
  for (const name of chosen.filter((id) => !absent.includes(id)).map(videoFile)) {
    await linkOrCopy({ from: join(files.queries, name), to: join(to.queries, name) });
  }
}
