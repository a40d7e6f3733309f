import type { Command } from 'commander';
import type { DoctorOptions } from '../doctor/doctor.ts';
import { settingsFileName } from '../project.ts';
import { type Flags, settingRows } from '../settings/settings.ts';
import { addExamples, groups } from './help.ts';
import {
  addSettings,
  type CommandHost,
  type Deps,
  imageOptions,
  type Result,
  trackOf,
} from './host.ts';

const used = [
  'track',
  'dataset',
  'cpuOrGpu',
  'skipGpu',
  'submissionImage',
  'registryImage',
] as const;

export function registerDoctor(program: Command, host: CommandHost): void {
  const command = program
    .command('doctor')
    .helpGroup(groups.machine)
    .description('check what the other commands need, and say how to mend it');
  addSettings(command, used).action(async (flags: Flags) => {
    const settings = await host.settings(flags);
    const { value: cpuOrGpu, source } = settings.cpuOrGpu;
    const ofProject = settingRows(settings).filter((row) => row.source === settingsFileName);
    await host.perform(async () => (await import('./doctor.ts')).doctor, {
      project: host.project(),
      projectSettings: ofProject.map(({ name, value }) => `${name}=${value}`),
      track: await trackOf(settings),
      dataset: settings.dataset.value,
      image: imageOptions(host, settings),
      gpu: { cpuOrGpu, source, skipGpu: settings.skipGpu.value },
    });
  });
  addExamples(
    command,
    ['vsc doctor', 'all that this project needs'],
    ['vsc doctor --gpu --dataset test', 'what the GPU and the test set need'],
  );
}

export async function doctor(options: DoctorOptions, deps: Deps): Promise<Result> {
  const { failureOf, runChecks } = await import('../doctor/doctor.ts');
  const { freeSpaceOnDisk: freeSpace } = await import('../doctor/checks.ts');
  const { renderResults } = await import('../doctor/check.ts');
  const { canShowUnicode } = await import('../progress/symbols.ts');
  const { digestInRegistry } = await import('../image/registry.ts');
  const { findLogin } = await import('../image/credentials.ts');
  const { engine, machine, signal } = deps;
  const askRegistry = (name: string) =>
    digestInRegistry(name, {
      env: machine.env,
      signal,
      findLogin: (registry, hurry) => findLogin(registry, machine, hurry),
    });
  const world = { ...machine, engine, askRegistry, freeSpace, now: new Date() };
  const checks = await runChecks(options, world);
  const failure = failureOf(checks);
  return {
    text: renderResults(checks, canShowUnicode(machine)),
    wraps: true,
    data: { checks },
    ...(failure !== undefined && { failure }),
  };
}
