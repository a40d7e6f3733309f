import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Described } from '../describe/describe.ts';
import type { DescribeRequest, DescribeWorld } from '../describe/prepared.ts';
import { SubmissionFailed } from '../errors.ts';
import { firstLines, formatCount, formatEstimate } from '../progress/format.ts';
import { type LimitTexts, parseCount, parseLimits } from '../rehearsal/limits.ts';
import type { Settings } from '../settings/settings.ts';
import { addExamples, groups } from './help.ts';
import {
  addLimits,
  addSettings,
  addVariables,
  type CommandHost,
  containerSettings,
  type Deps,
  isGpuAsked,
  type Result,
  runOptions,
} from './host.ts';
import {
  addScheduling,
  lentOf,
  makeScheduler,
  parseScheduling,
  type Scheduling,
  type SchedulingFlags,
  tasksNeed,
} from './scheduling.ts';

/** What is to be described, and where. */
export interface DescribeOptions extends DescribeRequest {
  readonly scheduling: Scheduling;
  readonly dryRun?: boolean;
}

interface DescribeFlags extends SchedulingFlags, LimitTexts {
  readonly dryRun?: boolean;
  readonly shards?: string;
  readonly retryFailed?: boolean;
}

export function registerDescribe(program: Command, host: CommandHost): void {
  const command = program
    .command('describe')
    .helpGroup(groups.pack)
    .description(
      'make the descriptors, or matches, of a whole dataset with the code that is to be submitted',
    )
    .argument('[folder]', 'the folder of main.py (default: submission_src)')
    .option('--shards <number>', 'how many parts to cut the videos into (default: 100 videos each)')
    .option('--retry-failed', 'run only the parts that have failed before')
    .option('--dry-run', 'only tell how much there is to do, and how long it will take');
  addSettings(addScheduling(addVariables(addLimits(command))), [
    'track',
    'dataset',
    ...containerSettings,
  ]).action(async (folder: string | undefined, flags: DescribeFlags) => {
    const settings = await host.settings(flags);
    const options = await describeOptions(host, settings, flags);
    await host.perform(async () => (await import('./describe.ts')).describe, {
      ...options,
      description: options.track.description,
      folder: resolve(host.project().root, folder ?? 'submission_src'),
      dryRun: flags.dryRun ?? false,
    });
  });
  addExamples(
    command,
    ['vsc describe', 'with submission_src/main.py'],
    ['vsc describe --parallel 4 --memory 8g', 'four containers at a time'],
    ['vsc describe --on slurm --time 2h --dry-run', 'what it would be on a cluster'],
  );
}

/** What describing takes from the command line, but for the folder and what is to be made. */
export async function describeOptions(
  host: CommandHost,
  settings: Settings,
  flags: DescribeFlags = {},
): Promise<Omit<DescribeOptions, 'folder' | 'description'>> {
  const { shards, retryFailed = false } = flags;
  const limits = parseLimits(flags);
  const scheduling = await parseScheduling(host, settings, flags);
  return {
    ...(await runOptions(host, settings)),
    limits,
    scheduling,
    ...tasksNeed(scheduling, limits),
    ...(shards !== undefined && { shards: parseCount('--shards', shards, 1_000_000) }),
    retryFailed,
    gpuAsked: isGpuAsked(settings) || lentOf(scheduling).gpus !== undefined,
  };
}

export async function describe(request: DescribeOptions, deps: Deps): Promise<Result> {
  const { nvidiaSmi } = deps.machine;
  const scheduler = await makeScheduler(request.scheduling, deps);
  const world = { ...deps, ...lentOf(request.scheduling), nvidiaSmi, scheduler };
  if (request.dryRun) return forecast(request, world);
  const { describeDataset } = await import('../describe/describe.ts');
  const described = await describeDataset(request, world);
  const { shards, untried } = described;
  const { unit } = request.description;
  const sets = described.sets.map(({ count, ...set }) => ({ ...set, [unit]: count }));
  const data = { sets, shards, untried, failed: failedRows(described) };
  const failure = failureOf(described);
  if (failure !== undefined) return { text: '', data, failure };
  if (untried > 0) return { text: untriedText(untried), data };
  const lines = described.sets.map(
    ({ path, videos, count }) =>
      `${path}: ${formatCount(count)} ${unit} of ${formatCount(videos)} videos`,
  );
  return { text: lines.join('\n'), data };
}

async function forecast(request: DescribeOptions, world: DescribeWorld): Promise<Result> {
  const { forecastDescribing } = await import('../describe/forecast.ts');
  const { forecastLines } = await import('../tasks/forecast.ts');
  const forecast = await forecastDescribing(request, world);
  const { tasks, done, videos, seconds } = forecast;
  const length = formatEstimate(seconds);
  return {
    text: [
      `Shards: ${formatCount(tasks)} of ${formatCount(videos)} videos, ${length} long; done: ${formatCount(done)}`,
      ...forecastLines(forecast, request, world.scheduler, 'shard'),
    ].join('\n'),
    data: { dryRun: true, ...forecast, needs: request.needs, atOnce: request.atOnce ?? null },
  };
}

function untriedText(untried: number): string {
  const them = untried === 1 ? 'A shard is' : `${formatCount(untried)} shards are`;
  return `${them} yet to be described, and none has failed. To go on: the same command without --retry-failed`;
}

function failedRows({ failed }: Described) {
  return failed.map(({ shard: { name }, message, log }) => ({ shard: name, message, log }));
}

function failureOf({ failed, shards }: Described): SubmissionFailed | undefined {
  const [first] = failed;
  if (first === undefined) return undefined;
  const count = failed.length === 1 ? 'A shard' : `${formatCount(failed.length)} shards`;
  return new SubmissionFailed(`${count} failed, twice. ${first.shard.name}: ${first.message}`, [
    `The logs:\n${firstLines(failed.map(({ log }) => log))}`,
    `The others are kept in ${shards}. To try again what failed: the same command with --retry-failed.`,
  ]);
}
