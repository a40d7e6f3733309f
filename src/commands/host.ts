import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ContainerOwner } from '../engine/container-labels.ts';
import type { ContainerEngine, InteractiveStreams } from '../engine/port.ts';
import type { VscError } from '../errors.ts';
import type { ImageOptions } from '../image/choice.ts';
import type { NvidiaSmi } from '../image/gpu.ts';
import type { Reporter } from '../progress/events.ts';
import { type Project, settingsFileName, withData } from '../project.ts';
import type { RunOptions } from '../rehearsal/prepared.ts';
import { type Flags, isGiven, type Settings } from '../settings/settings.ts';
import { type VariableKey, variables } from '../settings/variables.ts';
import type { TrackName } from '../tracks/names.ts';
import type { Track } from '../tracks/track.ts';
import { flagGroups, grouped } from './help.ts';

/** What a command works with: the world, as far as commands may touch it. */
export interface Deps {
  readonly reporter: Reporter;
  /** Connects on the first call. @throws EngineUnreachable */
  readonly engine: () => Promise<ContainerEngine>;
  /** Aborted with `Interrupted` on Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /**
   * From the call on a second interruption doesn't end the process at once: it aborts this signal, and a third
   * one ends it.
   */
  readonly insistence: () => AbortSignal;
  /** The user's end of an interactive container, opened by the call. */
  readonly interactiveStreams: () => InteractiveStreams;
  /**
   * Gives out bit by bit what is too long for a result, on stdout, or with `--json` among the events; false once
   * nobody reads it any more.
   */
  readonly giveOut: (chunk: Uint8Array) => Promise<boolean>;
  /** This process and machine, for the labels of containers. */
  readonly owner: ContainerOwner;
  /** Whether a process of this machine still runs. */
  readonly isAlive: (pid: number) => boolean;
  readonly machine: Machine;
  /** Of `vsc`. */
  readonly version: string;
}

/** What of this machine commands may look at, besides files and the engine. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** What starts this `vsc`: Node, and the script. */
  readonly program: readonly string[];
  /** Of Node, e.g. `v20.19.0`. */
  readonly nodeVersion: string;
  /** `nvidia-smi`, or undefined where the PATH has none. */
  readonly nvidiaSmi: () => Promise<NvidiaSmi | undefined>;
}

/** What a command found out: for people, and for `--json`. */
export interface Result {
  /** Nothing is printed for an empty one. */
  readonly text: string;
  /** The text is prose and tables: at a terminal its lines may be broken at the width. */
  readonly wraps?: true;
  readonly data: Readonly<Record<string, unknown>>;
  /** Another program's exit code, which becomes that of `vsc`. */
  readonly exitCode?: number;
  /** What decides the exit code where the result, told in full, is a failure. */
  readonly failure?: VscError;
}

/** A command, freed from the command line. */
export type Perform<Options> = (options: Options, deps: Deps) => Promise<Result>;

/** What a command's declaration needs from the command line around it. */
export interface CommandHost {
  settings(flags: Flags): Promise<Settings>;
  /** The project directory: the current one, or `-C DIR`. */
  project(): Project;
  /** The environment that `vsc` itself was given. */
  readonly env: Machine['env'];
  /** Folder of the installed package, with the `runtime/` and templates that ship with it. */
  readonly packageRoot: string;
  /**
   * Carries a command out. What does it is loaded by `load`, from the command's own file: so the start, which
   * only declares commands, holds none of it.
   */
  perform<Options>(load: () => Promise<Perform<Options>>, options: Options): Promise<void>;
  /** Tells what was found out without any of the world. */
  tell(result: Result): Promise<void>;
}

/** Gives a command the flags of these variables; what they mean is in `settings/variables.ts`. */
export function addSettings(command: Command, keys: readonly VariableKey[]): Command {
  for (const key of keys) {
    const variable = variables[key];
    for (const { flag, means, says = variable.description } of variable.flags) {
      const same = means === undefined ? variable.name : `${variable.name}=${means}`;
      const option = command.createOption(flag, `${says} (${same})`);
      command.addOption(option.helpGroup(flagGroups.settings));
    }
  }
  return command;
}

/** The settings of any container with the submission's code. */
export const containerSettings = [
  'cpuOrGpu',
  'skipGpu',
  'blockInternet',
  'submissionImage',
] as const;

/** Gives a command the flags of what the submission's code may use; `parseLimits` reads them. */
export function addLimits(command: Command): Command {
  return grouped(command, flagGroups.limits, (limits) =>
    limits
      .option('--memory <size>', 'memory that the code may use, e.g. 16g (default: all)')
      .option('--cpus <number>', 'cores that the code may use (default: all)')
      .option('--pids <number>', 'processes and threads that the code may have (default: 2048)')
      .option('--disk <size>', 'what the code may write to the disk (default: 40g)')
      .option('--log-limit <size>', 'how much of its output is kept (default: 100m)')
      .option(
        '--time-limit <time>',
        'how long the code may take, e.g. 90s, 30m, 2h (default: for ever)',
      ),
  );
}

/** What a container is given of this machine's and its user's own. */
export interface LentFlags extends Flags {
  /** Each a name, or a name and a value with `=` between. */
  readonly env?: readonly string[];
  readonly gpus?: string;
}

/** Takes an option that may be given again. */
export function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Gives a command the flag of the variables for the submission's code; `lent.ts` reads it. */
export function addVariables(command: Command): Command {
  return command.option(
    '--env <variable>',
    "NAME=VALUE for the code's environment, or NAME alone for the value that it has here; again for more",
    gather,
  );
}

/** Gives a command the flag of which GPUs its containers get; `lent.ts` reads it. */
export function addGpus(command: Command): Command {
  return command.option('--gpus <list>', 'which GPUs, e.g. 0,1 or their UUIDs (default: all)');
}

/** Gives a command the flag of a folder in place of `data/<dataset>`; `projectOf` reads it. */
export function addData(command: Command): Command {
  return command.option('--data <dir>', 'a folder in the form of data/<dataset>, in its place');
}

/** The project, with the data that a flag names. */
export function projectOf(
  host: Pick<CommandHost, 'project'>,
  { dataset }: Pick<Settings, 'dataset'>,
  { data }: Flags,
): Project {
  const project = host.project();
  if (data === undefined) return project;
  return withData(project, dataset.value, resolve(project.root, String(data)));
}

/** Whether the user asked for the GPU, and the machine did not just happen to have one. */
export function isGpuAsked({ cpuOrGpu, skipGpu }: Settings): boolean {
  return isGiven('cpuOrGpu', cpuOrGpu) && cpuOrGpu.value === 'gpu' && !skipGpu.value;
}

/** The image that the settings ask for. */
export function imageOptions(host: CommandHost, settings: Settings): ImageOptions {
  const { value: named, source } = settings.submissionImage;
  const { name } = variables.submissionImage;
  const from = source === settingsFileName ? `${name} in ${source}` : source;
  return {
    cpuOrGpu: settings.cpuOrGpu.value,
    registryImage: settings.registryImage.value,
    roots: [host.project().root, host.packageRoot],
    ...(named !== undefined && { named: { image: named, source: from } }),
  };
}

/** The track that the settings name. */
export async function trackOf({
  track,
}: {
  readonly track: { readonly value: TrackName };
}): Promise<Track> {
  const { tracks } = await import('../tracks/tracks.ts');
  return tracks[track.value];
}

/** What the settings say of any container that gets the data. */
export async function runOptions(
  host: CommandHost,
  settings: Settings,
  flags: Flags = {},
): Promise<RunOptions> {
  return {
    project: projectOf(host, settings, flags),
    track: await trackOf(settings),
    dataset: settings.dataset.value,
    image: imageOptions(host, settings),
    skipGpu: settings.skipGpu.value,
    blockInternet: settings.blockInternet.value,
  };
}
