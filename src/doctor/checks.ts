import { access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findCompetitionData } from '../dataset/layout.ts';
import { requireData } from '../dataset/require-data.ts';
import { faultText, fewOf, findVideoFaults } from '../dataset/video-faults.ts';
import { surveyVideos, type VideoSurvey } from '../dataset/video-survey.ts';
import type { ContainerEngine } from '../engine/port.ts';
import { systemCode } from '../errors.ts';
import { exists, freeBytesOn, isFolder } from '../files.ts';
import { findStaleImage } from '../image/build.ts';
import {
  chooseImage,
  contractLabel,
  findImageChoice,
  type ImageOptions,
  slimLacks,
} from '../image/choice.ts';
import { diagnoseGpu, type NvidiaSmi } from '../image/gpu.ts';
import { emulationNote } from '../image/pull.ts';
import { installNode, isSupportedNode, supportedNodes } from '../node-version.ts';
import { requireReplaceable } from '../places.ts';
import { formatBytes, formatCount } from '../progress/format.ts';
import { toPaste } from '../progress/shell.ts';
import { initRemedy, isStarted, type Project, resultsOf, settingsFileName } from '../project.ts';
import type { Track } from '../tracks/track.ts';
import { type CheckResult, failed, ok, resultOf, warning } from './check.ts';

/** The engine answers, runs Linux containers, and on the images' own processor. */
export async function checkEngine(engine: ContainerEngine): Promise<CheckResult> {
  const [info, setup] = await Promise.all([engine.info(), engine.setup()]);
  const detail = `${info.product} ${info.version}, API ${info.apiVersion}, at ${info.endpoint}`;
  if (setup.os !== '' && setup.os !== 'linux') {
    return failed(
      `${detail}: it runs ${setup.os} containers, the images are for Linux`,
      'Switch Docker Desktop to Linux containers.',
    );
  }
  const note = emulationNote(setup);
  return note === undefined ? ok(detail) : warning(`${detail}. ${note}`);
}

/** There is an image to run a submission in. */
export async function checkImage(
  engine: ContainerEngine,
  track: Track,
  options: ImageOptions,
  now: Date,
): Promise<CheckResult> {
  const choice = await chooseImage(engine, track, options);
  const { name, image, kind, why } = choice;
  const digest = image.digests[0]?.split('@')[1];
  const contract = image.labels[contractLabel];
  const detail = [
    `${name} (${why})`,
    digest === undefined ? `id ${image.id}` : `digest ${digest}`,
    ...(image.created === undefined ? [] : [`built ${ageOf(image.created, now)}`]),
    formatBytes(image.bytes),
    contract === undefined ? 'the official contract' : `contract ${contract}`,
  ].join(', ');
  const stale = await findStaleImage(choice, track, options.roots);
  const lacks = choice.variant === undefined ? '' : `; ${slimLacks(choice.variant)}`;
  const remedies = [
    ...(stale === undefined ? [] : [`Build it anew: ${stale.command}`]),
    ...(kind === 'slim' ? ['For the full one: vsc pull, or vsc build.'] : []),
  ];
  if (remedies.length === 0) return ok(detail);
  return warning(`${detail}${lacks}${stale === undefined ? '' : `; it ${stale.why}`}`, ...remedies);
}

/** What the GPU's check has to know of the settings. */
export interface GpuOptions {
  readonly cpuOrGpu: 'cpu' | 'gpu';
  /** What decided that, e.g. `no nvidia-smi on the PATH`. */
  readonly source: string;
  readonly skipGpu: boolean;
}

/** Why a run would not ask for the GPU; undefined where it would. */
export function whyNoGpu({ cpuOrGpu, source, skipGpu }: GpuOptions): string | undefined {
  if (cpuOrGpu === 'cpu') return `cpu (${source})`;
  return skipGpu ? 'SKIP_GPU is true' : undefined;
}

/** A container can have the GPU. */
export async function checkGpu(
  engine: ContainerEngine,
  nvidiaSmi: () => Promise<NvidiaSmi | undefined>,
): Promise<CheckResult> {
  const finding = await diagnoseGpu(engine, await nvidiaSmi());
  return finding.status === 'ready'
    ? ok(finding.detail)
    : failed(finding.detail, ...finding.remedies);
}

/** `today`, `1 day ago`, `400 days ago`. */
function ageOf(date: Date, now: Date): string {
  const days = Math.floor((now.getTime() - date.getTime()) / 86_400_000);
  if (days < 1) return 'today';
  return days === 1 ? '1 day ago' : `${days} days ago`;
}

/** There is a project, and what its own settings set. */
export async function checkProject(
  project: Project,
  settings: readonly string[],
): Promise<CheckResult> {
  const { root, settingsFile } = project;
  if (!(await isStarted(project))) return warning(`there is none in ${root} yet`, initRemedy);
  if (!(await exists(settingsFile))) return ok(`${root}, without a ${settingsFileName}`);
  return ok(`${root}; ${settingsFileName} sets ${settings.join(', ') || 'nothing'}`);
}

/** The download has what `vsc data-subset` needs. Once data/ is made it is not needed. */
export async function checkCompetitionData(
  project: Project,
  track: Track,
  dataset: string,
): Promise<CheckResult> {
  const result = await resultOf(async () => {
    const source = await findCompetitionData(project, dataset, track.results.truth);
    return checkVideos(await surveyVideos(source), source.folder);
  });
  const made = (await checkData(project, dataset)).status !== 'failed';
  if (result.status !== 'failed' || !made) return result;
  return warning(`${result.detail} (data/${dataset} is made already)`, ...result.remedies);
}

function checkVideos(surveys: readonly VideoSurvey[], folder: string): CheckResult {
  const wrong = surveys.flatMap(({ kind, looked, faults }) => {
    if (faults.length === 0) return [];
    return [`of ${formatCount(looked)} ${kind} videos ${faults.map(faultText).join('; ')}`];
  });
  const missing = surveys.flatMap(({ kind, listed, absent, isSample }) => {
    if (kind === 'reference' || absent.length === 0 || isSample) return [];
    const share = `${formatCount(absent.length)} of ${formatCount(listed)}`;
    return [`${share} ${kind} videos are missing (${fewOf(absent)})`];
  });
  if (wrong.length + missing.length === 0) return ok(`${folder} is complete`);
  return warning(
    [`${folder}:`, ...missing, ...wrong].join('\n'),
    'Fetch these videos again, or take the subset without them.',
  );
}

/** `data/<dataset>` can be mounted as it is. */
export async function checkData(project: Project, dataset: string): Promise<CheckResult> {
  return resultOf(async () => {
    const { files, subset, absent } = await requireData(project, dataset);
    const detail = `${files.folder}, ${subset.length} queries in the subset`;
    const source = join(project.competitionData, dataset, 'query');
    const again = `are in ${source} and run "vsc data-subset" again.`;
    if (absent.length > 0) {
      return warning(
        `${detail}, the videos of ${absent.length} of them are absent`,
        `See that they (${fewOf(absent)}) ${again}`,
      );
    }
    const faults = await findVideoFaults(files.queries, subset, new Map());
    if (faults.length === 0) return ok(detail);
    const what = `${detail}, of which ${faults.map(faultText).join('; ')}`;
    return warning(what, `See that whole videos ${again}`);
  });
}

/** Results can be written to `submission/`, or it can be made. */
export async function checkSubmissionFolder(
  project: Project,
  { run }: Track,
): Promise<CheckResult> {
  const folder = await existing(project.submission);
  if (!(await isFolder(folder))) {
    return failed(`${folder} is a file where a folder should be`, 'Move it away.');
  }
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = systemCode(error) === 'EROFS' ? 'the file system is read-only' : 'no permission';
    return failed(
      `${folder} can't be written to: ${why}`,
      `See who owns it: ${toPaste(folder, (it) => `ls -ld -- ${it}`)}`,
    );
  }
  await requireReplaceable(...resultsOf(project, run.made.file));
  const there = folder === project.submission;
  return ok(there ? `${folder} is writable` : `${project.submission} can be made`);
}

async function existing(path: string): Promise<string> {
  return (await exists(path)) || dirname(path) === path ? path : existing(dirname(path));
}

/** Node is one that vsc runs on. */
export async function checkNode(version: string): Promise<CheckResult> {
  if (isSupportedNode(version)) return ok(version);
  return failed(`${version} is none that vsc runs on: ${supportedNodes()}`, installNode());
}

/** Bytes that a user without privileges can still write to the disk that holds a folder. */
export type FreeSpace = (folder: string) => Promise<number | undefined>;

/** As the system tells it; undefined for a folder that is not there. */
export const freeSpaceOnDisk: FreeSpace = async (folder) => {
  try {
    return await freeBytesOn(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
};

/** Bytes that the full image takes. */
const imageBytes = 12e9;

/** Bytes of the competition's videos: of the train set, and of all sets. */
const dataBytes = { train: 79e9, all: 163e9 } as const;

/** Room for the full image where the engine keeps its images. */
export async function checkImageDisk(
  engine: ContainerEngine,
  track: Track,
  options: ImageOptions,
  freeSpace: FreeSpace,
): Promise<CheckResult> {
  const [{ remote }, { dataRoot }] = await Promise.all([engine.info(), engine.setup()]);
  const here = !remote && dataRoot !== '';
  const free = here ? await freeSpace(dataRoot) : undefined;
  if (free === undefined) return ok(`not visible from here: the engine's ${dataRoot || 'disk'}`);
  const detail = `${formatBytes(free)} free at ${dataRoot}`;
  if (free >= imageBytes) return ok(`${detail}, the full image takes ${formatBytes(imageBytes)}`);
  const remedies = ['See what takes the room: docker system df'];
  const image = await findImageChoice(engine, track, options);
  if (image === undefined) {
    const small = 'Or make the small image, 2 GB: vsc build --slim';
    return failed(`${detail}, too little for the full image`, ...remedies, small);
  }
  if (image.kind !== 'slim') return ok(`${detail}; the image is there`);
  return warning(`${detail}, too little for the full image`, ...remedies);
}

/** Room for the competition's videos. Never more than a warning: a part of them will do. */
export async function checkDataDisk(
  project: Project,
  dataset: string,
  freeSpace: FreeSpace,
): Promise<CheckResult> {
  const folder = join(project.competitionData, dataset);
  if ((await freeSpace(join(folder, 'query'))) !== undefined) return ok(`${folder} is there`);
  const place = await nearest(project.competitionData, freeSpace);
  const detail = `${formatBytes(place.free)} free at ${place.folder}`;
  const needs = `the train set takes ${formatBytes(dataBytes.train)}, all sets ${formatBytes(dataBytes.all)}`;
  if (place.free >= dataBytes.all) return ok(`${detail}; ${needs}`);
  if (place.free >= dataBytes.train && dataset === 'train') return ok(`${detail}; ${needs}`);
  return warning(
    `${detail}; ${needs}`,
    `Put the data on another disk and a symlink to it at ${folder}.`,
  );
}

/** The folder or the nearest above it that is there. */
async function nearest(
  folder: string,
  freeSpace: FreeSpace,
): Promise<{ folder: string; free: number }> {
  const free = await freeSpace(folder);
  if (free !== undefined) return { folder, free };
  const parent = dirname(folder);
  return parent === folder ? { folder, free: 0 } : nearest(parent, freeSpace);
}
