import type { ContainerEngine } from '../engine/port.ts';
import { EnvironmentError } from '../errors.ts';
import type { ImageOptions } from '../image/choice.ts';
import type { NvidiaSmi } from '../image/gpu.ts';
import type { Project } from '../project.ts';
import type { Track } from '../tracks/track.ts';
import { type CheckResult, type NamedResult, ok, resultOf, warning } from './check.ts';
import {
  checkCompetitionData,
  checkData,
  checkDataDisk,
  checkEngine,
  checkGpu,
  checkImage,
  checkImageDisk,
  checkNode,
  checkProject,
  checkSubmissionFolder,
  type FreeSpace,
  type GpuOptions,
  whyNoGpu,
} from './checks.ts';
import { type AskRegistry, checkOfficialImage } from './official-image.ts';

/** What is to be checked. */
export interface DoctorOptions {
  readonly project: Project;
  /** What the project's own file sets, each as `NAME=value`. */
  readonly projectSettings: readonly string[];
  readonly track: Track;
  readonly dataset: string;
  readonly image: ImageOptions;
  readonly gpu: GpuOptions;
}

/** What the checks look at. */
export interface DoctorWorld {
  readonly engine: () => Promise<ContainerEngine>;
  readonly nvidiaSmi: () => Promise<NvidiaSmi | undefined>;
  readonly askRegistry: AskRegistry;
  readonly freeSpace: FreeSpace;
  readonly nodeVersion: string;
  readonly now: Date;
}

/** Runs every check, whatever the others find, and tells the results in a fixed order. */
export async function runChecks(
  { project, projectSettings, track, dataset, image, gpu }: DoctorOptions,
  { engine, nvidiaSmi, askRegistry, freeSpace, nodeVersion, now }: DoctorWorld,
): Promise<NamedResult[]> {
  const noGpu = whyNoGpu(gpu);
  const answers = engine()
    .then((it) => it.info())
    .then(
      () => true,
      () => false,
    );
  /** A check that says nothing of its own where there is no engine to ask. */
  const onEngine = (check: (engine: ContainerEngine) => Promise<CheckResult>) => async () =>
    (await answers) ? check(await engine()) : warning('not checked: no engine answers');
  const checks: ReadonlyArray<readonly [string, () => CheckResult | Promise<CheckResult>]> = [
    ['node', () => checkNode(nodeVersion)],
    ['engine', async () => checkEngine(await engine())],
    ['image', onEngine((it) => checkImage(it, track, image, now))],
    ['official-image', onEngine((it) => checkOfficialImage(it, image.registryImage, askRegistry))],
    [
      'gpu',
      noGpu ? () => ok(`not asked for: ${noGpu}`) : onEngine((it) => checkGpu(it, nvidiaSmi)),
    ],
    ['image-disk', onEngine((it) => checkImageDisk(it, track, image, freeSpace))],
    ['data-disk', () => checkDataDisk(project, dataset, freeSpace)],
    ['project', () => checkProject(project, projectSettings)],
    ['competition-data', () => checkCompetitionData(project, track, dataset)],
    ['data', () => checkData(project, dataset)],
    ['submission', () => checkSubmissionFolder(project, track)],
  ];
  return Promise.all(checks.map(async ([name, check]) => ({ name, ...(await resultOf(check)) })));
}

/** The error that failed checks come to, or undefined. */
export function failureOf(results: readonly NamedResult[]): EnvironmentError | undefined {
  const names = results.filter(({ status }) => status === 'failed').map(({ name }) => name);
  if (names.length === 0) return undefined;
  const what = names.length === 1 ? '1 check' : `${names.length} checks`;
  return new EnvironmentError(`${what} failed: ${names.join(', ')}.`);
}
