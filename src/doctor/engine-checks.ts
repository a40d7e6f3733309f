import type { ContainerEngine } from '../engine/port.ts';
import { chooseImage, type ImageOptions, slimLacks } from '../image/choice.ts';
import { diagnoseGpu, type NvidiaSmi } from '../image/gpu.ts';
import { emulationNote } from '../image/pull.ts';
import { formatBytes } from '../progress/format.ts';
import type { Track } from '../tracks/descriptor.ts';
import { type CheckResult, failed, ok, warning } from './check.ts';

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
  const { name, image, kind, why } = await chooseImage(engine, track, options);
  const digest = image.digests[0]?.split('@')[1];
  const contract = image.labels['vsc.runtime.contract'];
  const detail = [
    `${name} (${why})`,
    digest === undefined ? `id ${image.id}` : `digest ${digest}`,
    ...(image.created === undefined ? [] : [`built ${ageOf(image.created, now)}`]),
    formatBytes(image.bytes),
    contract === undefined ? 'the official contract' : `contract ${contract}`,
  ].join(', ');
  if (kind !== 'slim') return ok(detail);
  return warning(`${detail}; ${slimLacks}`, 'For the full one: vsc pull, or vsc build.');
}

/** What the GPU's check has to know of the settings. */
export interface GpuOptions {
  readonly cpuOrGpu: 'cpu' | 'gpu';
  /** What decided that, e.g. `no nvidia-smi on the PATH`. */
  readonly source: string;
  readonly skipGpu: boolean;
}

/** Whether a run would ask for the GPU. */
export function wantsGpu({ cpuOrGpu, skipGpu }: GpuOptions): boolean {
  return cpuOrGpu === 'gpu' && !skipGpu;
}

/** Nothing to check: the settings ask for no GPU. */
export async function noGpuWanted({ cpuOrGpu, source }: GpuOptions): Promise<CheckResult> {
  return ok(`not asked for: ${cpuOrGpu === 'cpu' ? `cpu (${source})` : 'SKIP_GPU is true'}`);
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
