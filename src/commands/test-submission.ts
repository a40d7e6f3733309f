import type { Command } from 'commander';
import { EnvironmentError } from '../errors.ts';
import type { ImageChoice } from '../image/choice.ts';
import { type LimitTexts, parseLimits } from '../rehearsal/limits.ts';
import type { RehearsalRequest } from '../rehearsal/prepare.ts';
import { type Flags, isGiven, type SettingRow, settingRows } from '../settings/settings.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';
import { runOptions } from './run-options.ts';

export interface TestSubmissionOptions {
  readonly rehearsal: RehearsalRequest;
  readonly skipPreflight: boolean;
  readonly dryRun: boolean;
  /** The user asked for the GPU, and the machine did not just happen to have one. */
  readonly gpuAsked: boolean;
  /** The settings that have a say in a run, for its record. */
  readonly settings: readonly SettingRow[];
}

interface TestSubmissionFlags extends Flags, LimitTexts {
  readonly officialLimits?: boolean;
  readonly skipPreflight?: boolean;
  readonly dryRun?: boolean;
}

const used = [
  'dataset',
  'cpuOrGpu',
  'skipGpu',
  'blockInternet',
  'submissionImage',
  'phase2',
] as const;

export function registerTestSubmission(program: Command, host: CommandHost): void {
  const command = program
    .command('test-submission')
    .description('run submission/submission.zip exactly as the organisers will')
    .option('--skip-preflight', 'run it even if the checks without Docker find errors')
    .option('--memory <size>', 'memory that the code may use, e.g. 16g (default: all)')
    .option('--cpus <number>', 'cores that the code may use (default: all)')
    .option('--pids <number>', 'processes and threads that the code may have (default: 2048)')
    .option('--disk <size>', 'what the code may write to the disk (default: 40g)')
    .option('--log-limit <size>', 'how much of its output is kept (default: 100m)')
    .option(
      '--time-limit <time>',
      'how long the code may take, e.g. 90s, 30m, 2h (default: for ever)',
    )
    .option('--official-limits', "the organisers' time: 10 seconds per query of the subset")
    .option('--dry-run', 'only show the containers that would run');
  addSettings(command, used).action(async (flags: TestSubmissionFlags) => {
    const settings = await host.settings(flags);
    await host.perform(testSubmission, {
      rehearsal: {
        ...runOptions(host, settings),
        phase2: settings.phase2.value,
        limits: parseLimits(flags),
        officialLimits: flags.officialLimits ?? false,
      },
      skipPreflight: flags.skipPreflight ?? false,
      dryRun: flags.dryRun ?? false,
      gpuAsked:
        isGiven('cpuOrGpu', settings.cpuOrGpu) &&
        settings.cpuOrGpu.value === 'gpu' &&
        !settings.skipGpu.value,
      settings: settingRows(settings, [...used, 'registryImage']),
    });
  });
}

export async function testSubmission(options: TestSubmissionOptions, deps: Deps): Promise<Result> {
  const { passPreflight, prepareRehearsal } = await import('../rehearsal/prepare.ts');
  const { planStages, shownPlans } = await import('../rehearsal/stages.ts');
  const { paceOf, summaryLines } = await import('../rehearsal/summary.ts');
  const { rehearseAndTell } = await import('../rehearsal/told-rehearsal.ts');
  const request = options.rehearsal;
  const prepared = await prepareRehearsal(request, deps);
  if (!options.skipPreflight) await passPreflight(prepared, deps);
  if (options.dryRun) {
    const containers = shownPlans(await planStages(request, prepared));
    return { text: JSON.stringify(containers, null, 2), data: { containers } };
  }
  if (prepared.run.gpus || options.gpuAsked) await requireUsableGpu(prepared.choice.kind, deps);
  const { platform, home, nodeVersion } = deps.machine;
  const record = {
    settings: options.settings,
    skippedPreflight: options.skipPreflight,
    versions: { vsc: deps.version, node: nodeVersion, platform: `${platform} ${process.arch}` },
    home,
  };
  const { facts, provenance, assessment, page } = await rehearseAndTell(
    request,
    prepared,
    deps,
    record,
  );
  const { lines, score, reproduction } = assessment;
  const pace = paceOf(facts, request.track) ?? null;
  return {
    text: [
      `The submission runs. Results: ${request.project.archive}`,
      ...summaryLines(facts, request.track),
      ...lines,
      '',
      `Report: ${page}`,
    ].join('\n'),
    data: { ...facts, pace, score, reproduction, provenance, reportPage: page },
  };
}

/** @throws EnvironmentError that says why a container can't have the GPU, and the ways on */
async function requireUsableGpu(kind: ImageChoice['kind'], deps: Deps): Promise<void> {
  const { diagnoseGpu, requireGpu } = await import('../image/gpu.ts');
  requireGpu(await diagnoseGpu(await deps.engine(), await deps.machine.nvidiaSmi()));
  if (kind !== 'slim') return;
  throw new EnvironmentError('The slim image can not use a GPU.', [
    'Get the gpu image: vsc pull --gpu, or vsc build --gpu.',
    'Or run on the CPU: CPU_OR_GPU=cpu.',
  ]);
}
