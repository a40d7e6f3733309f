import type { Command } from 'commander';
import type { RehearsalRequest } from '../submission/rehearsal.ts';
import { descriptorTrack } from '../track.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';

export interface TestSubmissionOptions {
  readonly rehearsal: Omit<RehearsalRequest, 'owner'>;
  readonly skipPreflight: boolean;
  readonly dryRun: boolean;
}

interface TestSubmissionFlags extends Record<string, unknown> {
  readonly skipPreflight?: boolean;
  readonly dryRun?: boolean;
}

export function registerTestSubmission(program: Command, host: CommandHost): void {
  const command = program
    .command('test-submission')
    .description('run submission/submission.zip exactly as the organisers will')
    .option('--skip-preflight', 'run it even if the checks without Docker find errors')
    .option('--dry-run', 'only show the container that would run');
  addSettings(command, [
    'dataset',
    'cpuOrGpu',
    'skipGpu',
    'blockInternet',
    'submissionImage',
    'phase2',
  ]).action(async (flags: TestSubmissionFlags) => {
    const settings = await host.settings(flags);
    const { value: named, source } = settings.submissionImage;
    await host.perform(testSubmission, {
      rehearsal: {
        project: host.project(),
        track: descriptorTrack,
        dataset: settings.dataset.value,
        image: {
          cpuOrGpu: settings.cpuOrGpu.value,
          registryImage: settings.registryImage.value,
          ...(named !== undefined && { named: { image: named, source } }),
        },
        skipGpu: settings.skipGpu.value,
        blockInternet: settings.blockInternet.value,
        phase2: settings.phase2.value,
      },
      skipPreflight: flags.skipPreflight ?? false,
      dryRun: flags.dryRun ?? false,
    });
  });
}

export async function testSubmission(options: TestSubmissionOptions, deps: Deps): Promise<Result> {
  const { passPreflight, prepareRehearsal, rehearse, requireZip } = await import(
    '../submission/rehearsal.ts'
  );
  const { paceOf, summaryLines } = await import('../submission/summary.ts');
  const request = { ...options.rehearsal, owner: deps.owner };
  await requireZip(request.project);
  const prepared = await prepareRehearsal(request, deps);
  if (!options.skipPreflight) await passPreflight(request, deps);
  if (options.dryRun) {
    return { text: JSON.stringify(prepared.plan, null, 2), data: { plan: prepared.plan } };
  }
  if (prepared.plan.gpus === 'all') {
    const { diagnoseGpu, requireGpu } = await import('../image/gpu.ts');
    requireGpu(await diagnoseGpu(await deps.engine(), await deps.machine.nvidiaSmi()));
  }
  const facts = await rehearse(request, prepared, deps);
  const title = `The submission runs. Results: ${request.project.archive}`;
  return {
    text: [title, ...summaryLines(facts, request.track)].join('\n'),
    data: { ...facts, pace: paceOf(facts, request.track) ?? null },
  };
}
