import type { Command } from 'commander';
import { type LimitTexts, parseLimits } from '../rehearsal/limits.ts';
import type { Lent, RehearsalRequest, RehearsalWorld } from '../rehearsal/prepared.ts';
import { type Settings, settingRows } from '../settings/settings.ts';
import {
  addData,
  addLimits,
  addVariables,
  type CommandHost,
  containerSettings,
  type Deps,
  isGpuAsked,
  type LentFlags,
  runOptions,
} from './host.ts';

/** The flags of a rehearsal, besides those of its settings. */
export interface RehearsalFlags extends LentFlags, LimitTexts {
  readonly data?: string;
  readonly officialLimits?: boolean;
  readonly skipPreflight?: boolean;
}

/** The settings of a rehearsal, besides the track. */
export const rehearsalSettings = ['dataset', ...containerSettings, 'phase2'] as const;

/** Gives a command the flags of how submissions are rehearsed; `rehearsalRequest` reads them. */
export function addRehearsal(command: Command): Command {
  const checked = command
    .option('--skip-preflight', 'run it even if the checks without Docker find errors')
    .option('--official-limits', "the organisers' time: 10 seconds per query of the subset");
  return addVariables(addData(addLimits(checked)));
}

/** What a rehearsal is asked by the command line. */
export async function rehearsalRequest(
  host: CommandHost,
  settings: Settings,
  flags: RehearsalFlags,
  lent: Lent,
): Promise<RehearsalRequest> {
  const { lentRows } = await import('./lent.ts');
  const { data } = flags;
  return {
    ...(await runOptions(host, settings, flags)),
    phase2: settings.phase2.value,
    limits: parseLimits(flags),
    officialLimits: flags.officialLimits ?? false,
    skipPreflight: flags.skipPreflight ?? false,
    gpuAsked: isGpuAsked(settings) || lent.gpus !== undefined,
    settings: [
      ...settingRows(settings, [...rehearsalSettings, 'registryImage']),
      ...(data === undefined ? [] : [{ name: 'data', value: data, source: '--data' }]),
      ...lentRows(lent),
    ],
  };
}

/** What of the world a rehearsal may touch. */
export function rehearsalWorld({ machine, version, ...deps }: Deps, lent: Lent): RehearsalWorld {
  const { home, nvidiaSmi, nodeVersion, platform } = machine;
  const versions = { vsc: version, node: nodeVersion, platform: `${platform} ${process.arch}` };
  return { ...deps, ...lent, home, nvidiaSmi, versions };
}
