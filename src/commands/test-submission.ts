import type { Command } from 'commander';
import { jsonText } from '../progress/json.ts';
import type { Lent, RehearsalRequest } from '../rehearsal/prepared.ts';
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
  readonly dryRun: boolean;
}

interface TestSubmissionFlags extends RehearsalFlags {
  readonly dryRun?: boolean;
}

export function registerTestSubmission(program: Command, host: CommandHost): void {
  const command = program
    .command('test-submission')
    .helpGroup(groups.test)
    .description('run submission/submission.zip exactly as the organisers will')
    .option('--dry-run', 'only show the containers that would run');
  addSettings(addGpus(addRehearsal(command)), ['track', ...rehearsalSettings]).action(
    async (flags: TestSubmissionFlags) => {
      const settings = await host.settings(flags);
      const lent = (await import('./lent.ts')).lentBy(host, settings, flags);
      await host.perform(async () => (await import('./test-submission.ts')).testSubmission, {
        rehearsal: await rehearsalRequest(host, settings, flags, lent),
        lent,
        dryRun: flags.dryRun ?? false,
      });
    },
  );
  addExamples(
    command,
    ['vsc test-submission --block-internet', 'as on the server, without network'],
    ['vsc test-submission --cpu --official-limits', 'within the time that the organisers give'],
    ['vsc test-submission --dataset test --dry-run', 'what would run'],
  );
}

export async function testSubmission(options: TestSubmissionOptions, deps: Deps): Promise<Result> {
  const { rehearsal: request } = options;
  const world = rehearsalWorld(deps, options.lent);
  if (options.dryRun) {
    const { prepare } = await import('../rehearsal/prepare.ts');
    const { shownPlans } = await import('../rehearsal/stages.ts');
    const containers = shownPlans((await prepare(request, world)).stages);
    return { text: jsonText(containers, 2), data: { containers } };
  }
  const { rehearse } = await import('../rehearsal/rehearse.ts');
  const { assessmentLines, summaryLines } = await import('../rehearsal/run-report.ts');
  const { outcome, provenance, assessment, page } = await rehearse(request, world);
  if (outcome.failure !== undefined) return { text: '', data: {}, failure: outcome.failure };
  const { facts } = outcome;
  return {
    text: [
      `The submission runs. Results: ${request.project.archive}`,
      ...summaryLines(facts, request.track),
      ...assessmentLines(assessment),
      '',
      `Report: ${page}`,
    ].join('\n'),
    wraps: true,
    data: {
      ...facts,
      score: assessment.score?.data ?? null,
      reproduction: assessment.reproduction.data,
      provenance,
      reportPage: page,
    },
  };
}
