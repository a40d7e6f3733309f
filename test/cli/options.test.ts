import { describe, expect, it } from 'vitest';
import { makeProgram } from '../../src/cli/program.ts';
import type { CommandHost } from '../../src/commands/host.ts';
import type { CommandGroup } from '../../src/commands/status.ts';
import { scripts } from '../../src/completion/suggest.ts';
import { UsageError } from '../../src/errors.ts';
import { projectAt } from '../../src/project.ts';
import { resolveSettings } from '../../src/settings/settings.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { matchingTrack } from '../../src/tracks/matching.ts';
import { projectFileWith } from '../support/project-file.ts';

/** What a command line and an environment come to: the command's function and its options. */
async function parsed(
  line: string,
  env: Record<string, string> = {},
  inFile: Record<string, string> = {},
) {
  let seen: { run: string; options: unknown } | undefined;
  const host: CommandHost = {
    env,
    packageRoot: '/package',
    project: () => projectAt(program.opts<{ directory?: string }>().directory ?? '/project'),
    settings: (flags) =>
      resolveSettings(flags, {
        env,
        projectFile: projectFileWith(inFile),
        findNvidiaSmi: async () => undefined,
      }),
    perform: async (load, options) => {
      seen = { run: (await load()).name, options };
    },
    tell: async (options) => {
      seen = { run: 'tell', options };
    },
  };
  const program = makeProgram({ version: '1.2.3', output: {}, host });
  await program.parseAsync(line.split(' ').filter(Boolean), { from: 'user' });
  return seen;
}

type Row = [line: string, env: Record<string, string>, run: string, options: object];

const official = 'metavsc.azurecr.io/meta-vsc-descriptor-runtime';
const rehearsal = {
  dataset: 'train',
  image: { cpuOrGpu: 'cpu', registryImage: `${official}:cpu-latest` },
  skipGpu: false,
  blockInternet: false,
  phase2: false,
};
const pack = { force: false, dryRun: false, smallest: false, dataset: 'train', phase2: false };
const subset = { dataset: 'train', proportion: 0.01, link: false, dryRun: false };

const build: Row[] = [
  ['build', {}, 'build', { variant: 'cpu', dryRun: false, roots: ['/project', '/package'] }],
  ['build --slim', {}, 'build', { variant: 'slim' }],
  ['build --slim --torch', {}, 'build', { variant: 'slim-torch' }],
  ['build --gpu --dry-run', {}, 'build', { variant: 'gpu', dryRun: true }],
  ['build', { CPU_OR_GPU: 'gpu' }, 'build', { variant: 'gpu' }],
  ['build --cpu', { CPU_OR_GPU: 'gpu' }, 'build', { variant: 'cpu' }],
  ['-C /other build', {}, 'build', { roots: ['/other', '/package'] }],
  ['build -C /other', {}, 'build', { roots: ['/other', '/package'] }],
];

const running: Row[] = [
  ['down', {}, 'down', { project: { root: '/project' }, dryRun: false }],
  ['-C /other down --dry-run', {}, 'down', { project: { root: '/other' }, dryRun: true }],
  ['logs', {}, 'logs', { project: { root: '/project' }, follow: false }],
  ['logs -f -n 20', {}, 'logs', { follow: true, lines: 20 }],
  ['logs --follow --lines 0 one', {}, 'logs', { name: 'one', follow: true, lines: 0 }],
];

const data: Row[] = [
  ['data-subset', {}, 'dataSubset', subset],
  ['data-subset --link --dry-run', {}, 'dataSubset', { ...subset, link: true, dryRun: true }],
  [
    'data-subset',
    { DATASET: 'test', SUBSET_PROPORTION: '0.5' },
    'dataSubset',
    { ...subset, dataset: 'test', proportion: 0.5 },
  ],
  [
    'data-subset --dataset phase2 --proportion 1',
    { DATASET: 'test' },
    'dataSubset',
    { ...subset, dataset: 'phase2', proportion: 1 },
  ],
];

const fetched = {
  dataset: 'train',
  datasets: ['train', 'test', 'phase2'],
  list: { path: '/project/urls.txt' },
  proportion: 0.01,
  references: true,
  parallel: 4,
  dryRun: false,
};

const downloading: Row[] = [
  ['download --url-list urls.txt', {}, 'download', fetched],
  [
    'download test --url-list /a/urls.txt --all --no-references --parallel 16 --dry-run',
    { DATASET: 'phase2', SUBSET_PROPORTION: '0.5' },
    'download',
    {
      ...fetched,
      dataset: 'test',
      list: { path: '/a/urls.txt' },
      proportion: 1,
      references: false,
      parallel: 16,
      dryRun: true,
    },
  ],
  [
    '-C /other download --proportion 0.2 --dataset test --url-list urls.txt',
    { DATASET: 'phase2' },
    'download',
    { ...fetched, dataset: 'test', proportion: 0.2, list: { path: '/other/urls.txt' } },
  ],
  [
    'download test --dataset test --url-list https://h/urls.txt',
    { SUBSET_PROPORTION: '0.5' },
    'download',
    { dataset: 'test', proportion: 0.5, list: { url: new URL('https://h/urls.txt') } },
  ],
];

const samples: Row[] = [
  ['sample-data', {}, 'sampleData', { request: { seed: 42, image: undefined }, dryRun: false }],
  ['sample-data --seed 7 --dry-run', {}, 'sampleData', { request: { seed: 7 }, dryRun: true }],
  [
    '-C /other sample-data',
    { SUBMISSION_IMAGE: 'mine:1' },
    'sampleData',
    {
      request: {
        project: { competitionData: '/other/competition_data' },
        image: { image: 'mine:1', source: 'SUBMISSION_IMAGE' },
      },
    },
  ],
  ['sample-data --image a:1', {}, 'sampleData', { request: { image: { source: '--image' } } }],
];

const packing: Row[] = [
  ['pack-quickstart', {}, 'packQuickstart', { ...pack, dataset: 'train', packageRoot: '/package' }],
  [
    'pack-quickstart --force',
    { DATASET: 'test' },
    'packQuickstart',
    { force: true, dataset: 'test' },
  ],
  ['pack-submission', {}, 'packOwnSubmission', pack],
  ['pack-submission --force --dry-run', {}, 'packOwnSubmission', { force: true, dryRun: true }],
  ['pack-submission --smallest', {}, 'packOwnSubmission', { smallest: true }],
  ['pack-quickstart --smallest', {}, 'packQuickstart', { smallest: true }],
  ['pack-benchmark', {}, 'packBenchmark', { ...pack, packageRoot: '/package' }],
  ['pack-benchmark --force --dry-run', {}, 'packBenchmark', { force: true, dryRun: true }],
  [
    'pack-submission --phase2',
    { DATASET: 'phase2' },
    'packOwnSubmission',
    { dataset: 'phase2', phase2: true },
  ],
];

const archive = '/project/submission/submission.tar.gz';
const zip = '/project/submission/submission.zip';
const dataAt = (dataset: string, folder: string) => ({ dataAt: { dataset, folder } });
const checking: Row[] = [
  ['validate', {}, 'validate', { dataset: 'train', phase2: false, path: zip, finite: true }],
  ['validate --no-finite src', {}, 'validate', { path: '/project/src', finite: false }],
  ['validate /a.zip', { PHASE2: 'true' }, 'validate', { path: '/a.zip', phase2: true }],
  ['-C /other validate x', {}, 'validate', { path: '/other/x' }],
  ['validate', { DATASET: 'test' }, 'validate', { dataset: 'test' }],
  ['score', {}, 'score', { dataset: 'train', archive }],
  ['score old.tar.gz', { DATASET: 'test' }, 'score', { archive: '/project/old.tar.gz' }],
  ['score --dataset phase2', { DATASET: 'test' }, 'score', { dataset: 'phase2' }],
  ['validate --data d/x', {}, 'validate', { project: dataAt('train', '/project/d/x') }],
  ['-C /o validate --data x', { DATASET: 'test' }, 'validate', { project: dataAt('test', '/o/x') }],
  ['score --data /d', {}, 'score', { project: dataAt('train', '/d') }],
  ['score --matches m.csv', {}, 'score', { track: matchingTrack, results: '/project/m.csv' }],
  ['score', { TRACK: 'matching' }, 'score', { track: matchingTrack, archive }],
  ['validate --track matching', {}, 'validate', { track: matchingTrack }],
  [
    'score --rankings r.csv --ground-truth /g.csv',
    {},
    'score',
    { track: descriptorTrack, results: '/project/r.csv', groundTruth: '/g.csv' },
  ],
];

const tested = (variant: string, asked: boolean) => ({ tests: { image: { variant, asked } } });

const container: Row[] = [
  ['', {}, '', { ...tested('cpu', false), dryRun: false }],
  ['--slim', { CPU_OR_GPU: 'gpu' }, '', tested('slim', true)],
  ['--slim --torch', {}, '', tested('slim-torch', true)],
  ['--cpu', {}, '', tested('cpu', true)],
  ['', { CPU_OR_GPU: 'cpu' }, '', tested('cpu', true)],
  ['--gpu --skip-gpu', {}, '', { tests: { ...tested('gpu', true).tests, skipGpu: true } }],
  ['--dry-run', { SKIP_GPU: 'true' }, '', { tests: { skipGpu: true }, dryRun: true }],
  ['-C /other', {}, '', { tests: { root: '/other', roots: ['/other', '/package'] } }],
].map(([flags, env, , options]) => [
  `test-container ${flags}`,
  env,
  'testContainer',
  options,
]) as Row[];

const { phase2: _, ...shell } = rehearsal;

const interacting: Row[] = [
  ['', {}, '', { interaction: shell, dryRun: false }],
  ['--dry-run --block-internet', {}, '', { interaction: { blockInternet: true }, dryRun: true }],
  [
    '--gpu --dataset test',
    { SKIP_GPU: 'true', BLOCK_INTERNET: 'true' },
    '',
    {
      interaction: {
        dataset: 'test',
        skipGpu: true,
        blockInternet: true,
        image: { cpuOrGpu: 'gpu', registryImage: `${official}:gpu-latest` },
      },
    },
  ],
  [
    '--image mine:1',
    {},
    '',
    { interaction: { image: { named: { image: 'mine:1', source: '--image' } } } },
  ],
  [
    '--gpu --gpus GPU-0a --env A=1 --data d',
    {},
    '',
    {
      interaction: { project: dataAt('train', '/project/d') },
      lent: { gpus: ['GPU-0a'], variables: { A: expect.anything() } },
    },
  ],
].map(([flags, env, , options]) => [
  `interact-container ${flags}`,
  env,
  'interactContainer',
  options,
]) as Row[];

const testing: Row[] = [
  ['', {}, '', { rehearsal: { ...rehearsal, skipPreflight: false }, dryRun: false }],
  [
    '--phase2',
    { DATASET: 'test' },
    '',
    {
      rehearsal: {
        settings: [
          { name: 'DATASET', value: 'test', source: 'DATASET' },
          { name: 'CPU_OR_GPU', value: 'cpu', source: 'no nvidia-smi on the PATH' },
          { name: 'SKIP_GPU', value: 'false', source: 'default' },
          { name: 'BLOCK_INTERNET', value: 'false', source: 'default' },
          { name: 'SUBMISSION_IMAGE', value: '', source: 'default' },
          { name: 'PHASE2', value: 'true', source: '--phase2' },
          { name: 'REGISTRY_IMAGE', value: `${official}:cpu-latest`, source: 'default' },
        ],
      },
    },
  ],
  ['--skip-preflight --dry-run', {}, '', { rehearsal: { skipPreflight: true }, dryRun: true }],
  ['--block-internet --phase2', {}, '', { rehearsal: { blockInternet: true, phase2: true } }],
  [
    '',
    { BLOCK_INTERNET: 'true', PHASE2: 'true', SKIP_GPU: 'true', DATASET: 'test' },
    '',
    { rehearsal: { blockInternet: true, phase2: true, skipGpu: true, dataset: 'test' } },
  ],
  ['--block-internet', { BLOCK_INTERNET: 'false' }, '', { rehearsal: { blockInternet: true } }],
  [
    '--image mine:1',
    { SUBMISSION_IMAGE: 'other:2' },
    '',
    { rehearsal: { image: { named: { image: 'mine:1', source: '--image' } } } },
  ],
  [
    '',
    { SUBMISSION_IMAGE: 'other:2' },
    '',
    { rehearsal: { image: { named: { image: 'other:2', source: 'SUBMISSION_IMAGE' } } } },
  ],
  ['', {}, '', { rehearsal: { gpuAsked: false } }],
  ['', { CPU_OR_GPU: 'gpu' }, '', { rehearsal: { gpuAsked: true } }],
  ['--gpu --skip-gpu', {}, '', { rehearsal: { gpuAsked: false } }],
  [
    '--gpu',
    {},
    '',
    { rehearsal: { image: { cpuOrGpu: 'gpu', registryImage: `${official}:gpu-latest` } } },
  ],
  ['', { REGISTRY_IMAGE: 'reg/x:1' }, '', { rehearsal: { image: { registryImage: 'reg/x:1' } } }],
  ['--gpu --gpus 0,1', {}, '', { lent: { gpus: ['0', '1'] }, rehearsal: { gpuAsked: true } }],
  ['--gpus all', { CPU_OR_GPU: 'gpu' }, '', { lent: { gpus: 'all' } }],
  [
    '--env SEED=7 --env HF_TOKEN',
    { HF_TOKEN: 'hf_0123456789' },
    '',
    {
      lent: { variables: { SEED: expect.anything(), HF_TOKEN: expect.anything() } },
      rehearsal: {
        settings: expect.arrayContaining([
          { name: 'SEED', value: '•••', source: '--env' },
          { name: 'HF_TOKEN', value: '•••', source: '--env' },
        ]),
      },
    },
  ],
  [
    '--data other',
    {},
    '',
    {
      rehearsal: {
        project: dataAt('train', '/project/other'),
        settings: expect.arrayContaining([{ name: 'data', value: 'other', source: '--data' }]),
      },
    },
  ],
].map(([flags, env, , options]) => [
  `test-submission ${flags}`,
  env,
  'testSubmission',
  options,
]) as Row[];

const describing: Row[] = [
  [
    'describe',
    {},
    'describe',
    {
      folder: '/project/submission_src',
      scheduling: { on: 'local', parallel: 1 },
      needs: { cores: 1, gpus: 0 },
      atOnce: 1,
      retryFailed: false,
    },
  ],
  [
    'describe mine --shards 12 --parallel 4 --retry-failed --memory 2g',
    { DATASET: 'test', BLOCK_INTERNET: 'true' },
    'describe',
    {
      folder: '/project/mine',
      dataset: 'test',
      blockInternet: true,
      shards: 12,
      scheduling: { on: 'local', parallel: 4 },
      needs: { cores: 1, gpus: 0, memoryBytes: 2 ** 31 },
      atOnce: 4,
      retryFailed: true,
      limits: { container: { memoryBytes: 2 ** 31 } },
    },
  ],
  [
    'describe --on slurm --partition big --time 90m --cpus 2.5 --gpus 1 --array-limit 20 --sbatch-option=--account=me --sbatch-option=--nice',
    {},
    'describe',
    {
      scheduling: {
        on: 'slurm',
        partition: 'big',
        seconds: 5400,
        gpus: 1,
        arrayLimit: 20,
        sbatchOptions: ['--account=me', '--nice'],
      },
      needs: { cores: 3, gpus: 1, seconds: 5400 },
      atOnce: 20,
    },
  ],
  ['describe --on slurm', {}, 'describe', { needs: { cores: 1, gpus: 0 } }],
  [
    'batch subs --on slurm --array-limit 3 --memory 4g --official-limits --phase2 --dry-run',
    { DATASET: 'test' },
    'performBatch',
    {
      folder: '/project/subs',
      dataset: 'test',
      phase2: true,
      officialLimits: true,
      skipPreflight: false,
      scheduling: { on: 'slurm', arrayLimit: 3 },
      needs: { cores: 1, gpus: 0, memoryBytes: 2 ** 32 },
      atOnce: 3,
      dryRun: true,
    },
  ],
  [
    'batch /srv/subs --parallel 2 --skip-preflight',
    {},
    'performBatch',
    { folder: '/srv/subs', atOnce: 2, skipPreflight: true, dryRun: false },
  ],
  [
    'batch subs --gpu --gpus 1 --env A=1 --data d',
    {},
    'performBatch',
    {
      project: dataAt('train', '/project/d'),
      needs: { gpus: 0 },
      scheduling: { lent: { gpus: ['1'], variables: { A: expect.anything() } } },
    },
  ],
  [
    'describe --env A=1',
    {},
    'describe',
    { scheduling: { lent: { variables: { A: expect.anything() } } } },
  ],
  ['run-task /some/task', {}, 'performTask', { folder: '/some/task', gpus: 'all' }],
  ['run-task /t --node node7 --gpus 0,2', {}, 'performTask', { node: 'node7', gpus: ['0', '2'] }],
  ['run-task /t --gpus=', {}, 'performTask', { gpus: 'none' }],
  [
    'pack-submission --describe',
    {},
    'packOwnSubmission',
    { describe: { scheduling: { on: 'local', parallel: 1 } } },
  ],
  [
    'pack-benchmark --image mine',
    {},
    'packBenchmark',
    { describe: { image: { named: { image: 'mine' } } } },
  ],
];

const images: Row[] = [
  ['pull', {}, 'pull', { name: `${official}:cpu-latest`, dryRun: false }],
  ['pull --gpu --dry-run', {}, 'pull', { name: `${official}:gpu-latest`, dryRun: true }],
  ['pull', { CPU_OR_GPU: 'gpu' }, 'pull', { name: `${official}:gpu-latest` }],
  ['pull', { REGISTRY_IMAGE: 'reg/x:1' }, 'pull', { name: 'reg/x:1' }],
  ['pull --registry-image reg/y', { REGISTRY_IMAGE: 'reg/x:1' }, 'pull', { name: 'reg/y' }],
];

const cpu = { cpuOrGpu: 'cpu', source: 'no nvidia-smi on the PATH', skipGpu: false };
const doctor: Row[] = [
  ['doctor', {}, 'doctor', { dataset: 'train', image: rehearsal.image, gpu: cpu }],
  [
    'doctor --gpu --skip-gpu --dataset test --image mine:1',
    {},
    'doctor',
    {
      dataset: 'test',
      image: { named: { image: 'mine:1', source: '--image' } },
      gpu: { cpuOrGpu: 'gpu', source: '--gpu', skipGpu: true },
    },
  ],
  [
    'doctor',
    { CPU_OR_GPU: 'gpu', SKIP_GPU: 'true', REGISTRY_IMAGE: 'reg/x:1' },
    'doctor',
    { image: { registryImage: 'reg/x:1' }, gpu: { source: 'CPU_OR_GPU', skipGpu: true } },
  ],
];

const verifying: Row[] = [
  [
    'verify',
    {},
    'verifyRun',
    {
      root: '/project',
      archive: '/project/submission/submission.tar.gz',
      provenance: '/project/submission/provenance.json',
    },
  ],
  [
    'verify /inbox/team-7/submission.tar.gz',
    {},
    'verifyRun',
    { archive: '/inbox/team-7/submission.tar.gz', provenance: '/inbox/team-7/provenance.json' },
  ],
  [
    'verify -C /other a.tar.gz --provenance b.json',
    {},
    'verifyRun',
    { root: '/other', archive: '/other/a.tar.gz', provenance: '/other/b.json' },
  ],
];

const others: Row[] = [
  [
    'init',
    { DATASET: 'phase2' },
    'init',
    { dataset: 'phase2', datasetSoFar: 'phase2', ci: false, dryRun: false },
  ],
  [
    '-C /other init --dataset test --ci --dry-run',
    {},
    'init',
    {
      project: { root: '/other' },
      packageRoot: '/package',
      dataset: 'test',
      datasetSoFar: 'train',
      settings: expect.stringContaining('\nDATASET=test\n'),
      ci: true,
      dryRun: true,
    },
  ],
  ['completion bash', {}, 'tell', { data: { script: scripts.bash } }],
  [
    'completion zsh --complete -- test-submission --dataset t',
    {},
    'tell',
    { text: 'train\t\ntest\t\n:none' },
  ],
  ['report', {}, 'report', { open: false }],
  ['report --open', {}, 'report', { open: true }],
  ['clean', {}, 'clean', { dryRun: false }],
  ['clean --dry-run', {}, 'clean', { dryRun: true }],
  ['', {}, 'status', { settings: { dataset: { value: 'train', source: 'default' } } }],
  [
    '',
    { DATASET: 'test' },
    'status',
    { settings: { dataset: { value: 'test', source: 'DATASET' } } },
  ],
];

describe('argv and environment become options', () => {
  it.each([
    ...images,
    ...running,
    ...build,
    ...data,
    ...downloading,
    ...samples,
    ...packing,
    ...describing,
    ...checking,
    ...testing,
    ...container,
    ...interacting,
    ...doctor,
    ...verifying,
    ...others,
  ])('vsc %s with %j', async (line, env, run, options) => {
    const seen = await parsed(line, env);
    expect(seen?.run).toBe(run);
    expect(seen?.options).toMatchObject(options);
  });

  it("takes what the project's file says, and tells where an image's name is from", async () => {
    const inFile = { SUBMISSION_IMAGE: 'mine:1', CPU_OR_GPU: 'gpu', DATASET: 'test' };
    expect((await parsed('test-submission --dataset phase2', {}, inFile))?.options).toMatchObject({
      rehearsal: {
        dataset: 'phase2',
        gpuAsked: true,
        image: { named: { image: 'mine:1', source: 'SUBMISSION_IMAGE in vsc.env' } },
      },
    });
  });

  it.each([
    ['download', /^Which files\?/],
    ['download --url-list ftp://me:hunter2@h/urls.txt', /^--url-list is no http or https URL\.$/],
    ['download --url-list u --all --proportion 0.1', /^--all and --proportion contradict/],
    ['download test --url-list u --dataset train', /^test and --dataset contradict/],
    ['download --url-list u --parallel 0', /^--parallel is "0"\.$/],
    ['download --url-list u --parallel 17', /^--parallel is "17"\.$/],
    ['logs -n -1', /^--lines is "-1"\.$/],
    ['logs --lines many', /^--lines is "many"\.$/],
    ['describe --on mars', /^--on is "mars"\.$/],
    ['describe --array-limit 3', /^--array-limit is for --on slurm\.$/],
    ['describe --on slurm --parallel 3', /^--parallel is for --on local\.$/],
    ['describe --on slurm --time soon', /^--time is "soon"\.$/],
    ['describe --on slurm --gpus 0.5', /^--gpus is "0\.5"\.$/],
    ['describe --gpu --gpus two', /^--gpus is "two"\.$/],
    ['describe --on slurm --env A=1', /^--env is for --on local\.$/],
    ['batch subs --on slurm --env A=1', /^--env is for --on local\.$/],
    ['test-submission --gpus 0', /the cpu image can not use any \(CPU_OR_GPU=cpu: no nvidia-smi/],
    ['test-submission --cpu --gpus 0', /the cpu image can not use any \(--cpu\)\.$/],
    ['interact-container --gpu --skip-gpu --gpus 0', /^--gpus asks for GPUs, and --skip-gpu/],
    ['test-submission --env PATH=/x', /^--env PATH is refused/],
    ['download --url-list u --proportion 2', /^--proportion \(SUBSET_PROPORTION\) is "2"\.$/],
  ])('refuses %s', async (line, message) => {
    await expect(parsed(line)).rejects.toThrow(UsageError);
    await expect(parsed(line)).rejects.toThrow(message);
  });

  it('lists every command on bare vsc, in groups', async () => {
    const seen = await parsed('');
    expect(seen).toMatchObject({ run: 'status' });
    const { groups } = (seen as { options: { groups: readonly CommandGroup[] } }).options;
    expect(groups.map(({ commands }) => commands.map(([name]) => name))).toEqual([
      ['init', 'sample-data', 'download', 'data-subset'],
      ['describe', 'pack-quickstart', 'pack-submission', 'pack-benchmark'],
      ['validate', 'test-submission', 'batch', 'down'],
      ['logs', 'score', 'report', 'verify'],
      ['pull', 'build', 'test-container', 'interact-container'],
      ['doctor', 'clean', 'completion'],
    ]);
  });
});
