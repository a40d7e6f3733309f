import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { jsonText } from '../progress/json.ts';
import type { RunFacts } from '../rehearsal/collect.ts';
import type { Lent, RehearsalRequest, RehearsalWorld } from '../rehearsal/prepared.ts';
import type { Rehearsal } from '../rehearsal/rehearse.ts';
import { addExamples, groups } from './help.ts';
import { addGpus, addSettings, type CommandHost, type Deps, type Result } from './host.ts';
import {
  addRehearsal,
  type RehearsalFlags,
  rehearsalRequest,
  rehearsalSettings,
  rehearsalWorld,
} from './rehearsing.ts';

export interface TestSubmissionOptions {
  readonly rehearsal: RehearsalRequest;
  readonly lent: Lent;
  /** Run on a few queries only. */
  readonly smoke: boolean;
  readonly dryRun: boolean;
}

interface TestSubmissionFlags extends RehearsalFlags {
  readonly dryRun?: boolean;
  readonly keep?: boolean;
  readonly smoke?: boolean;
}

export function registerTestSubmission(program: Command, host: CommandHost): void {
  const command = program
    .command('test-submission')
    .helpGroup(groups.test)
    .description('run submission/submission.zip exactly as the organisers will')
    .option('--dry-run', 'only show the containers that would run')
    .option('--smoke', 'try it on three queries, two minutes at most: no full rehearsal')
    .option('--keep', 'if the run fails, keep its folder and what main.py had made');
  addSettings(addGpus(addRehearsal(command)), ['track', ...rehearsalSettings]).action(
    async (flags: TestSubmissionFlags) => {
      const settings = await host.settings(flags);
      const { smoke = false, keep = false } = flags;
      if (smoke && flags.officialLimits) throw contradicts('--smoke', '--official-limits');
      const lent = (await import('./lent.ts')).lentBy(host, settings, flags);
      await host.perform(async () => (await import('./test-submission.ts')).testSubmission, {
        rehearsal: { ...(await rehearsalRequest(host, settings, flags, lent)), keep },
        lent,
        smoke,
        dryRun: flags.dryRun ?? false,
      });
    },
  );
  addExamples(
    command,
    ['vsc test-submission --block-internet', 'as on the server, without network'],
    ['vsc test-submission --smoke', 'three queries first, in two minutes at most'],
    ['vsc test-submission --cpu --official-limits', 'within the time that the organisers give'],
    ['vsc test-submission --dataset test --dry-run', 'what would run'],
  );
}

/** The organisers' time is for the whole subset. */
function contradicts(first: string, second: string): UsageError {
  return new UsageError(`${first} and ${second} contradict each other.`, ['Give one of them.']);
}

export async function testSubmission(options: TestSubmissionOptions, deps: Deps): Promise<Result> {
  const { rehearsal, smoke } = options;
  const world = rehearsalWorld(deps, options.lent);
  if (!smoke) return carryOut(rehearsal, options, world);
  const { smokeTest } = await import('../rehearsal/smoke.ts');
  await using test = await smokeTest(rehearsal, world);
  return await carryOut(test.request, options, world); // it needs the test's data to its end
}

async function carryOut(
  request: RehearsalRequest,
  { dryRun }: TestSubmissionOptions,
  world: RehearsalWorld,
): Promise<Result> {
  if (dryRun) {
    const { prepare } = await import('../rehearsal/prepare.ts');
    const { shownPlans } = await import('../rehearsal/stages.ts');
    const containers = shownPlans((await prepare(request, world)).stages);
    return { text: jsonText(containers, 2), data: { containers } };
  }
  const { rehearse } = await import('../rehearsal/rehearse.ts');
  const rehearsal = await rehearse(request, world);
  const { outcome, kept } = rehearsal;
  const { smoke = null } = request;
  if (outcome.failure !== undefined) {
    return { text: '', data: { smoke, kept: kept ?? null }, failure: outcome.failure };
  }
  const { facts } = outcome;
  const { provenance, assessment, page } = rehearsal;
  return {
    text: await summary(request, facts, rehearsal),
    wraps: true,
    data: {
      ...facts,
      smoke,
      score: assessment.score?.data ?? null,
      reproduction: assessment.reproduction.data,
      provenance: smoke === null ? provenance : null,
      reportPage: page,
    },
  };
}

async function summary(
  { project, track, smoke }: RehearsalRequest,
  facts: RunFacts,
  { assessment, page }: Rehearsal,
): Promise<string> {
  const { assessmentLines, smokeSummary, summaryLines } = await import(
    '../rehearsal/run-report.ts'
  );
  const { toPaste } = await import('../progress/shell.ts');
  const { dataAt } = project;
  const closer = dataAt && toPaste(dataAt.folder, (folder) => `vsc score --data ${folder}`);
  return [
    smoke ? smokeSummary(smoke) : `The submission runs. Results: ${project.archive}`,
    ...summaryLines(facts, track, smoke),
    ...assessmentLines(assessment, closer),
    '',
    `Report: ${page}`,
  ].join('\n');
}
