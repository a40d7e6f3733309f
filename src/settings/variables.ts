import { descriptorTrack } from '../tracks/descriptor.ts';

/** A flag that sets a variable: `means` is its text for a flag without a value of its own. */
export interface VariableFlag {
  readonly flag: string;
  readonly means?: string;
}

/** An environment variable that `vsc` reads, and the flags that say the same. */
export interface Variable {
  readonly name: string;
  readonly flags: readonly VariableFlag[];
  /** The allowed texts, or words for them where they can't be listed. */
  readonly values: readonly string[] | string;
  /** What holds where nothing is set, in words. */
  readonly fallback: string;
  readonly description: string;
}

const booleans = ['true', 'false'] as const;

/** All environment variables that are `vsc`'s own. */
export const variables = {
  cpuOrGpu: {
    name: 'CPU_OR_GPU',
    flags: [
      { flag: '--cpu', means: 'cpu' },
      { flag: '--gpu', means: 'gpu' },
    ],
    values: ['cpu', 'gpu'],
    fallback: 'gpu where nvidia-smi is on the PATH, else cpu',
    description: 'which image to use',
  },
  skipGpu: {
    name: 'SKIP_GPU',
    flags: [{ flag: '--skip-gpu', means: 'true' }],
    values: booleans,
    fallback: 'false',
    description: 'run the gpu image without asking Docker for GPUs',
  },
  blockInternet: {
    name: 'BLOCK_INTERNET',
    flags: [{ flag: '--block-internet', means: 'true' }],
    values: booleans,
    fallback: 'false',
    description: 'no network in the container at all, as on the server',
  },
  dataset: {
    name: 'DATASET',
    flags: [{ flag: '--dataset <name>' }],
    values: descriptorTrack.datasets,
    fallback: 'train',
    description: 'which data to use',
  },
  subsetProportion: {
    name: 'SUBSET_PROPORTION',
    flags: [{ flag: '--proportion <share>' }],
    values: 'a number above 0 and at most 1',
    fallback: '0.01',
    description: 'share of the queries that go into the subset',
  },
  submissionImage: {
    name: 'SUBMISSION_IMAGE',
    flags: [{ flag: '--image <image>' }],
    values: 'an image name, id or digest',
    fallback: 'the local image if there is one, else the official one, else the slim one',
    description: 'the image to run',
  },
  registryImage: {
    name: 'REGISTRY_IMAGE',
    flags: [{ flag: '--registry-image <image>' }],
    values: 'an image name',
    fallback: 'the official image',
    description: 'the image to pull',
  },
  phase2: {
    name: 'PHASE2',
    flags: [{ flag: '--phase2', means: 'true' }],
    values: booleans,
    fallback: 'false',
    description: 'the rules of the second phase: the code is required',
  },
  noTerminal: {
    name: 'GITHUB_ACTIONS_NO_TTY',
    flags: [],
    values: booleans,
    fallback: 'false',
    description: 'plain output, as where stdout is no terminal',
  },
} as const satisfies Record<string, Variable>;

export type VariableKey = keyof typeof variables;

/** The table seen without its literal types. */
export const variableTable: Readonly<Record<VariableKey, Variable>> = variables;
