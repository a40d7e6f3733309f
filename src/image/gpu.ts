import { readdir } from 'node:fs/promises';
import { GpuUnavailable } from '../engine/errors.ts';
import type { ContainerEngine, EngineSetup, Gpus } from '../engine/port.ts';
import { exists } from '../files.ts';

/** The CUDA of the gpu image's cudatoolkit, and the first driver for it (CUDA release notes, table 3). */
const imageCuda = { version: '11.3', driver: '465.19.01' } as const;

/** Whether a container of the gpu image can have the GPU. */
export type GpuFinding = {
  /** Undefined where this machine has no `nvidia-smi`, or one that fails. */
  readonly driver?: NvidiaDriver;
  /** The cause and what the driver reports, in a sentence or two. */
  readonly detail: string;
} & (
  | { readonly status: 'ready' }
  | {
      readonly status: 'failed';
      readonly cause: GpuTrouble;
      /** The ways on, with the exact settings. */
      readonly remedies: readonly string[];
    }
);

/** Why a container can't have the GPU. */
export type GpuTrouble =
  | 'engine-ignores-gpus'
  | 'engine-without-nvidia'
  | 'driver-fails'
  | 'driver-too-old'
  | 'no-gpu';

/**
 * Finds out whether the engine can give a container of the gpu image the GPU, and if not, which of
 * the possible causes it is: the engine's first, since without it no driver helps.
 *
 * @param nvidiaSmi undefined where there is none; it counts only if the engine is on this machine
 */
export async function diagnoseGpu(
  engine: Pick<ContainerEngine, 'info' | 'setup'>,
  nvidiaSmi: NvidiaSmi | undefined,
): Promise<GpuFinding> {
  const [info, setup] = await Promise.all([engine.info(), engine.setup()]);
  const here = !info.remote;
  const driver = nvidiaSmi === undefined || !here ? undefined : await askNvidiaSmi(nvidiaSmi);
  const says = describeDriver(driver, here);
  const known = typeof driver === 'object' ? { driver } : {};
  const failed = (cause: GpuTrouble, detail: string, third: string): GpuFinding => ({
    status: 'failed',
    cause,
    ...known,
    detail: `${detail} ${says}`,
    remedies: [
      'Run on the CPU: CPU_OR_GPU=cpu (or --cpu).',
      'Run the gpu image without a GPU: SKIP_GPU=true (or --skip-gpu).',
      third,
    ],
  });
  if (info.product === 'Podman') {
    const what = "Podman's Docker-compatible interface ignores the request for GPUs.";
    return failed('engine-ignores-gpus', what, `Or use Docker Engine: ${installToolkit}`);
  }
  const support = await findGpuSupport(setup, here);
  if (support === undefined) {
    const what = `The container engine has neither the NVIDIA runtime (its runtimes: ${setup.runtimes.join(', ') || 'unknown'}) nor an NVIDIA device through CDI.`;
    const order = driver === undefined && here ? 'Or install the NVIDIA driver, then' : 'Or';
    return failed('engine-without-nvidia', what, `${order} ${installToolkit}`);
  }
  if (typeof driver === 'string') {
    return failed('driver-fails', 'nvidia-smi is there but fails.', repairHint(driver));
  }
  if (driver !== undefined && isTooOld(driver)) {
    const what = `The NVIDIA driver is too old for the gpu image, which has CUDA ${imageCuda.version}.`;
    const update = `Or install NVIDIA driver ${imageCuda.driver} or newer (https://www.nvidia.com/drivers) and restart.`;
    return failed('driver-too-old', what, update);
  }
  if (driver !== undefined && driver.gpus.length === 0) {
    return failed('no-gpu', 'The NVIDIA driver sees no GPU.', 'Or see why: nvidia-smi -L, dmesg.');
  }
  return { status: 'ready', ...known, detail: `${says} The engine has ${support}.` };
}

/**
 * @param gpus those that are asked for, by their numbers too
 * @throws GpuUnavailable with the cause and the ways on, where a container can't have the GPU
 */
export function requireGpu(finding: GpuFinding, gpus: Gpus = 'all'): void {
  if (finding.status === 'ready') {
    requireNumbers(gpus, finding.driver);
    return;
  }
  const message = `The container can't have the GPU. ${finding.detail}`;
  throw new GpuUnavailable(message, finding.remedies);
}

/** Of a GPU by its UUID the engine itself says whether it is there. */
function requireNumbers(gpus: Gpus, driver: NvidiaDriver | undefined): void {
  if (typeof gpus === 'string' || driver === undefined) return;
  const missing = gpus.filter((id) => /^\d+$/.test(id) && Number(id) >= driver.gpus.length);
  if (missing.length === 0) return;
  const known = driver.gpus.map((name, number) => `${number} is ${name}`).join(', ');
  throw new GpuUnavailable(`This machine has no GPU ${missing.join(' and no GPU ')}: ${known}.`, [
    'To see their numbers: nvidia-smi -L',
  ]);
}

const installToolkit =
  'install the NVIDIA Container Toolkit (https://docs.nvidia.com/datacenter/cloud-native/container-toolkit), then: sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker';

/** What lets containers have the GPU, in words, as far as the engine tells; undefined if nothing. */
async function findGpuSupport(setup: EngineSetup, here: boolean): Promise<string | undefined> {
  if (setup.defaultRuntime === 'nvidia' || setup.runtimes.includes('nvidia')) {
    return 'the NVIDIA runtime';
  }
  if (setup.cdiDevices.some((id) => id.startsWith('nvidia.com/'))) return 'the GPU through CDI';
  if (!here) return undefined;
  // Engines before 28.2 tell where they look for CDI specifications, but not what they found.
  for (const folder of setup.cdiFolders) {
    const names = await readdir(folder).catch((): string[] => []);
    if (names.some((name) => /nvidia.*\.(ya?ml|json)$/i.test(name))) return 'the GPU through CDI';
  }
  // Docker needs no entry among its runtimes for --gpus, only this program on its PATH.
  for (const folder of ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/usr/local/sbin']) {
    if (await exists(`${folder}/nvidia-container-runtime-hook`)) return "NVIDIA's runtime hook";
  }
  return undefined;
}

function isTooOld({ version, cuda }: NvidiaDriver): boolean {
  return cuda === undefined
    ? isBefore(version, imageCuda.driver)
    : isBefore(cuda, imageCuda.version);
}

function describeDriver(driver: NvidiaDriver | string | undefined, here: boolean): string {
  if (!here) return 'The engine is on another machine, so its driver was not asked.';
  if (driver === undefined) return 'This machine has no nvidia-smi, so probably no NVIDIA driver.';
  if (typeof driver === 'string') return `nvidia-smi says: ${driver}`;
  const { version, cuda = 'unknown', gpus } = driver;
  const names = gpus.length === 0 ? 'no GPU' : gpus.join(', ');
  return `The driver reports: version ${version}, CUDA ${cuda}, ${names}.`;
}

function repairHint(said: string): string {
  if (/version mismatch/i.test(said)) {
    return 'Or restart the machine: the driver was updated, and the old one is still loaded.';
  }
  return 'Or mend the NVIDIA driver: reinstall it (https://www.nvidia.com/drivers) and restart, until nvidia-smi prints its table.';
}

/** Runs `nvidia-smi` with arguments; `text` is all that it printed, and why it ended if it did not well. */
export type NvidiaSmi = (
  args: readonly string[],
) => Promise<{ readonly ok: boolean; readonly text: string }>;

/** The NVIDIA driver as `nvidia-smi` reports it. */
export interface NvidiaDriver {
  readonly version: string;
  /** The newest CUDA that the driver can run, e.g. `12.2`; drivers before 410 don't say. */
  readonly cuda?: string;
  /** Names of the GPUs, e.g. `NVIDIA A100-SXM4-40GB`. */
  readonly gpus: readonly string[];
}

/** Asks for the driver and the GPUs; a text where `nvidia-smi` fails, in its own words. */
async function askNvidiaSmi(nvidiaSmi: NvidiaSmi): Promise<NvidiaDriver | string> {
  const [table, list] = await Promise.all([nvidiaSmi([]), nvidiaSmi(['-L'])]);
  if (!table.ok) return firstLines(table.text);
  const driver = parseTable(table.text);
  if (driver === undefined) return `its answer is not understood: ${firstLines(table.text)}`;
  return { ...driver, gpus: list.ok ? parseList(list.text) : [] };
}

/**
 * The head of the table that a bare `nvidia-smi` prints. Drivers since 610 write `KMD Version` and
 * `CUDA UMD Version` for what was `Driver Version` and `CUDA Version`.
 */
export function parseTable(text: string): Omit<NvidiaDriver, 'gpus'> | undefined {
  const version = /\b(?:Driver|KMD) Version:\s*(\d+(?:\.\d+)*)/.exec(text)?.[1];
  const cuda = /\bCUDA (?:UMD )?Version:\s*(\d+\.\d+)/.exec(text)?.[1];
  if (version === undefined) return undefined;
  return { version, ...(cuda !== undefined && { cuda }) };
}

/** The names in what `nvidia-smi -L` prints: `GPU 0: Tesla T4 (UUID: GPU-…)`. */
export function parseList(text: string): string[] {
  return [...text.matchAll(/^GPU \d+: (.*?)(?: \(UUID: .*\))?$/gm)].map(([, name = '']) => name);
}

function firstLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter(Boolean).slice(0, 3).join(' ') || 'it says nothing';
}

/** Whether version `a` is before `b`, part by part: `9.2` is before `11.3`. */
export function isBefore(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) < 0;
}
