import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { BatchRequest, BatchWorld } from '../batch/prepared.ts';
import { verdictText } from '../batch/told.ts';
import type { Row } from '../batch/verdict.ts';
import { EnvironmentError } from '../errors.ts';
import { firstLines, formatCount, tableLines } from '../progress/format.ts';
import { addExamples, groups } from './help.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';
import {
  addRehearsal,
  type RehearsalFlags,
  rehearsalRequest,
  rehearsalSettings,
  rehearsalWorld,
} from './rehearsing.ts';
import {
  addScheduling,
  lentOf,
  makeScheduler,
  parseScheduling,
  type Scheduling,
  type SchedulingFlags,
  tasksNeed,
} from './scheduling.ts';

/** Which submissions are judged, and where. */
export interface BatchOptions extends BatchRequest {
  readonly scheduling: Scheduling;
  readonly dryRun: boolean;
}

type BatchFlags = RehearsalFlags & SchedulingFlags & { readonly dryRun?: boolean };

export function registerBatch(program: Command, host: CommandHost): void {
  const command = program
    .command('batch')
    .helpGroup(groups.test)
    .description('run every *.zip of a folder as the organisers will, and rank them')
    .argument('<folder>', 'the folder of the submissions')
    .option('--dry-run', 'only tell how much there is to do, and how long it will take');
  addSettings(addScheduling(addRehearsal(command)), ['track', ...rehearsalSettings]).action(
    async (folder: string, flags: BatchFlags) => {
      const settings = await host.settings(flags);
      const scheduling = await parseScheduling(host, settings, flags);
      const request = await rehearsalRequest(host, settings, flags, lentOf(scheduling));
      await host.perform(async () => (await import('./batch.ts')).performBatch, {
        ...request,
        folder: resolve(host.project().root, folder),
        scheduling,
        dryRun: flags.dryRun ?? false,
        ...tasksNeed(scheduling, request.limits),
      });
    },
  );
  addExamples(
    command,
    ['vsc batch submissions', 'every zip in submissions/, one at a time'],
    ['vsc batch submissions --parallel 4 --cpus 2', 'four at a time, two cores each'],
    ['vsc batch submissions --on slurm --time 2h', 'on a cluster'],
  );
}

export async function performBatch(options: BatchOptions, deps: Deps): Promise<Result> {
  const { scheduling, dryRun, ...request } = options;
  const scheduler = await makeScheduler(scheduling, deps);
  const world = { ...deps, ...rehearsalWorld(deps, lentOf(scheduling)), scheduler };
  if (dryRun) return forecast(request, world);
  const { batch } = await import('../batch/batch.ts');
  const { toldOf } = await import('../batch/told.ts');
  const { rows, tables, root } = await batch(request, world);
  const failure = notJudged(rows);
  return {
    text: [...rowLines(rows, request), '', `Results: ${tables.page}`].join('\n'),
    wraps: true,
    data: { ...tables, submissions: rows.map((row) => toldOf(row, root)) },
    ...(failure !== undefined && { failure }),
  };
}

async function forecast(request: BatchRequest, world: BatchWorld): Promise<Result> {
  const { forecastBatch } = await import('../batch/forecast.ts');
  const { forecastLines } = await import('../tasks/forecast.ts');
  const forecast = await forecastBatch(request, world);
  const { tasks, done } = forecast;
  return {
    text: [
      `Submissions: ${formatCount(tasks)}; judged: ${formatCount(done)}`,
      ...forecastLines(forecast, request, world.scheduler, 'submission'),
    ].join('\n'),
    data: { dryRun: true, ...forecast, needs: request.needs, atOnce: request.atOnce ?? null },
  };
}

/** Most submissions that a terminal is shown. */
const maxShown = 50;

/** The head of the table, a line each. */
function rowLines(rows: readonly Row[], { track }: BatchRequest): readonly string[] {
  const shown = rows.slice(0, maxShown).map((row): readonly [string, string] => {
    const { rank, submission, verdict } = row;
    return [`${rank ?? '-'}  ${submission}`, verdictText(verdict, track.results.metric)];
  });
  const more = rows.length - shown.length;
  return [...tableLines(shown), ...(more > 0 ? [`  and ${formatCount(more)} more`] : [])];
}

/** Some came to no verdict, by no fault of theirs. */
function notJudged(rows: readonly Row[]): EnvironmentError | undefined {
  const unjudged = rows.filter(({ verdict }) => verdict.verdict === 'not judged');
  const [first] = unjudged;
  if (first === undefined) return undefined;
  const count =
    unjudged.length === 1 ? 'A submission was' : `${formatCount(unjudged.length)} submissions were`;
  const { message, cause } = first.verdict;
  return new EnvironmentError(
    `${count} not judged, by no fault of ${unjudged.length === 1 ? 'its' : 'their'} own. ${first.submission}: ${message}`,
    [
      `The evidence:\n${firstLines(unjudged.map(({ folder }) => `${folder}/faults`))}`,
      'The verdicts on the others are kept. To go on: the same command.',
    ],
    { reason: cause ?? 'unknown' },
  );
}
