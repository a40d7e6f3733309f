import { datasets, trackNames } from '../tracks/names.ts';

/** An environment variable that `vsc` reads, and the flags that say the same. */
export interface Variable {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly VariableFlag[];
  /** The allowed texts, or words for them where they can't be listed. */
  readonly values: readonly string[] | string;
  /** What holds where nothing is set; undefined where that is found out on this machine. */
  readonly fallback?: string;
  /** How it is found out, in words. */
  readonly otherwise?: string;
}

/** A flag that sets a variable. */
export interface VariableFlag {
  readonly flag: string;
  /** The variable's text, for a flag without a value of its own. */
  readonly means?: string;
  /** What help says of it, where that is not the variable's description. */
  readonly says?: string;
}

/** A variable that is false unless it is set or its flag is given. */
function boolean(name: string, flag: string | undefined, description: string): Variable {
  const flags = flag === undefined ? [] : [{ flag, means: 'true' }];
  return { name, description, flags, values: ['true', 'false'], fallback: 'false' };
}

const table = {
  track: {
    name: 'TRACK',
    description: 'which track of the competition',
    flags: [{ flag: '--track <name>' }],
    values: trackNames,
    fallback: trackNames[0],
  },
  cpuOrGpu: {
    name: 'CPU_OR_GPU',
    description: 'which image to use',
    flags: [
      { flag: '--cpu', means: 'cpu', says: 'the image without CUDA, which runs anywhere' },
      {
        flag: '--gpu',
        means: 'gpu',
        says: 'the image with CUDA, for a machine with an NVIDIA GPU',
      },
    ],
    values: ['cpu', 'gpu'],
    otherwise: 'gpu where nvidia-smi is on the PATH, else cpu',
  },
  skipGpu: boolean('SKIP_GPU', '--skip-gpu', 'run the gpu image without asking Docker for GPUs'),
  blockInternet: boolean(
    'BLOCK_INTERNET',
    '--block-internet',
    'no network in the container at all, as on the server',
  ),
  dataset: {
    name: 'DATASET',
    description: 'which data to use',
    flags: [{ flag: '--dataset <name>' }],
    values: datasets,
    fallback: 'train',
  },
  subsetProportion: {
    name: 'SUBSET_PROPORTION',
    description: 'share of the queries that go into the subset',
    flags: [{ flag: '--proportion <share>' }],
    values: 'a number above 0 and at most 1',
    fallback: '0.01',
  },
  submissionImage: {
    name: 'SUBMISSION_IMAGE',
    description: 'the image to run',
    flags: [{ flag: '--image <image>' }],
    values: 'an image name, id or digest',
    otherwise: 'the local image, else the official one, else the slim one',
  },
  registryImage: {
    name: 'REGISTRY_IMAGE',
    description: 'the image to pull',
    flags: [{ flag: '--registry-image <image>' }],
    values: 'an image name',
    otherwise: 'the official image',
  },
  phase2: boolean('PHASE2', '--phase2', 'the rules of the second phase: the code is required'),
  noTerminal: boolean(
    'GITHUB_ACTIONS_NO_TTY',
    undefined,
    'plain output, as where stdout is no terminal',
  ),
} satisfies Record<string, Variable>;

export type VariableKey = keyof typeof table;

/**
 * Variables of the user's and the machine's own, which no project sets: a folder from elsewhere must
 * not choose the engine that is talked to.
 */
export const environmentOnly: readonly string[] = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'NO_COLOR',
  'FORCE_COLOR',
  'CLICOLOR',
  'CLICOLOR_FORCE',
  'CI',
];

/** All environment variables that are `vsc`'s own, and what a project's `vsc.env` may set. */
export const variables: Readonly<Record<VariableKey, Variable>> = table;

/** Whether plain output is asked for; known before the settings, so that errors can be drawn too. */
export function asksForPlainOutput(env: Readonly<Record<string, string | undefined>>): boolean {
  return env[variables.noTerminal.name] === 'true';
}
