import type { Command } from 'commander';
import { jsonText } from '../progress/json.ts';
import { type LimitTexts, parseLimits } from '../rehearsal/limits.ts';
import type { RehearsalRequest, RehearsalWorld } from '../rehearsal/prepared.ts';
import { type Flags, settingRows } from '../settings/settings.ts';
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

export interface TestSubmissionOptions {
  readonly rehearsal: RehearsalRequest;
  readonly dryRun: boolean;
}

interface TestSubmissionFlags extends Flags, LimitTexts {
  readonly officialLimits?: boolean;
  readonly skipPreflight?: boolean;
  readonly dryRun?: boolean;
}

const used = ['dataset', ...containerSettings, 'phase2'] as const;

export function registerTestSubmission(program: Command, host: CommandHost): void {
  const command = program
    .command('test-submission')
    .description('run submission/submission.zip exactly as the organisers will')
    .option('--skip-preflight', 'run it even if the checks without Docker find errors')
    .option('--official-limits', "the organisers' time: 10 seconds per query of the subset")
    .option('--dry-run', 'only show the containers that would run');
  addSettings(addLimits(command), ['track', ...used]).action(async (flags: TestSubmissionFlags) => {
    const settings = await host.settings(flags);
    await host.perform(testSubmission, {
      rehearsal: {
        ...runOptions(host, settings),
        phase2: settings.phase2.value,
        limits: parseLimits(flags),
        officialLimits: flags.officialLimits ?? false,
        skipPreflight: flags.skipPreflight ?? false,
        gpuAsked: isGpuAsked(settings),
        settings: settingRows(settings, [...used, 'registryImage']),
      },
      dryRun: flags.dryRun ?? false,
    });
  });
}

export async function testSubmission(options: TestSubmissionOptions, deps: Deps): Promise<Result> {
  const { rehearsal: request } = options;
  const world = worldOf(deps);
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
    data: {
      ...facts,
      score: assessment.score?.data ?? null,
      reproduction: assessment.reproduction.data,
      provenance,
      reportPage: page,
    },
  };
}

function worldOf({ machine, version, ...deps }: Deps): RehearsalWorld {
  const { home, nvidiaSmi, nodeVersion, platform } = machine;
  const versions = { vsc: version, node: nodeVersion, platform: `${platform} ${process.arch}` };
  return { ...deps, home, nvidiaSmi, versions };
}
