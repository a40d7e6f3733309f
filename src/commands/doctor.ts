import type { Command } from 'commander';
import type { Examination } from '../doctor/doctor.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';
import { imageOptions } from './run-options.ts';

export function registerDoctor(program: Command, host: CommandHost): void {
  const command = program
    .command('doctor')
    .description('check what the other commands need, and say how to mend it');
  addSettings(command, [
    'dataset',
    'cpuOrGpu',
    'skipGpu',
    'submissionImage',
    'registryImage',
  ]).action(async (flags: Record<string, unknown>) => {
    const settings = await host.settings(flags);
    const { value: cpuOrGpu, source: why } = settings.cpuOrGpu;
    await host.perform(doctor, {
      project: host.project(),
      track: descriptorTrack,
      dataset: settings.dataset.value,
      image: imageOptions(settings),
      gpu: { cpuOrGpu, source: why, skipGpu: settings.skipGpu.value },
    });
  });
}

export async function doctor(options: Examination, deps: Deps): Promise<Result> {
  const [{ examine, failureOf }, { freeSpaceOnDisk }, { canShowUnicode, renderResults }] =
    await Promise.all([
      import('../doctor/doctor.ts'),
      import('../doctor/disk-checks.ts'),
      import('../doctor/check.ts'),
    ]);
  const { env, platform, nodeVersion, nvidiaSmi } = deps.machine;
  const checks = await examine(options, {
    engine: deps.engine,
    nvidiaSmi,
    freeSpace: freeSpaceOnDisk,
    nodeVersion,
    now: new Date(),
  });
  const failure = failureOf(checks);
  return {
    text: renderResults(checks, canShowUnicode(env, platform)),
    data: { checks },
    ...(failure !== undefined && { failure }),
  };
}
