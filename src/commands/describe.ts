import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Described } from '../describe/describe.ts';
import type { DescribeRequest } from '../describe/prepared.ts';
import { SubmissionFailed } from '../errors.ts';
import { firstLines, formatCount } from '../progress/format.ts';
import { type LimitTexts, parseCount, parseLimits } from '../rehearsal/limits.ts';
import type { Flags, Settings } from '../settings/settings.ts';
import {
  addLimits,
  addSettings,
  type CommandHost,
  containerSettings,
  type Deps,
  isGpuAsked,
  type Result,
  runOptions,
} from './host.ts';

interface DescribeFlags extends Flags, LimitTexts {
  readonly shards?: string;
  readonly parallel?: string;
  readonly retryFailed?: boolean;
}

export function registerDescribe(program: Command, host: CommandHost): void {
  const command = program
    .command('describe')
    .description(
      'make the descriptors, or matches, of a whole dataset with the code that is to be submitted',
    )
    .argument('[folder]', 'the folder of main.py (default: submission_src)')
    .option('--shards <number>', 'how many parts to cut the videos into (default: 100 videos each)')
    .option('--parallel <number>', 'how many containers to run at a time (default: 1)')
    .option('--retry-failed', 'run only the parts that have failed before');
  addSettings(addLimits(command), ['track', 'dataset', ...containerSettings]).action(
    async (folder: string | undefined, flags: DescribeFlags) => {
      const settings = await host.settings(flags);
      const options = describeOptions(host, settings, flags);
      await host.perform(describe, {
        ...options,
        description: options.track.description,
        folder: resolve(host.project().root, folder ?? 'submission_src'),
      });
    },
  );
}

/** What describing takes from the command line, but for the folder and what is to be made. */
export function describeOptions(
  host: CommandHost,
  settings: Settings,
  flags: DescribeFlags = {},
): Omit<DescribeRequest, 'folder' | 'description'> {
  const { shards, parallel = '1', retryFailed = false } = flags;
  return {
    ...runOptions(host, settings),
    limits: parseLimits(flags),
    ...(shards !== undefined && { shards: parseCount('--shards', shards, 1_000_000) }),
    parallel: parseCount('--parallel', parallel, 1024),
    retryFailed,
    gpuAsked: isGpuAsked(settings),
  };
}

export async function describe(request: DescribeRequest, deps: Deps): Promise<Result> {
  const { describeDataset } = await import('../describe/describe.ts');
  const { nvidiaSmi } = deps.machine;
  const described = await describeDataset(request, { ...deps, nvidiaSmi });
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
