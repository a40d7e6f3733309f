import type { Command } from 'commander';
import { type LimitTexts, parseLimits } from '../rehearsal/limits.ts';
import type { RehearsalRequest, RehearsalWorld } from '../rehearsal/prepared.ts';
import { type Flags, type Settings, settingRows } from '../settings/settings.ts';
import {
  addLimits,
  type CommandHost,
  containerSettings,
  type Deps,
  isGpuAsked,
  runOptions,
} from './host.ts';

/** The flags of a rehearsal, besides those of its settings. */
export interface RehearsalFlags extends Flags, LimitTexts {
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
  return addLimits(checked);
}

/** What a rehearsal is asked by the command line. */
export async function rehearsalRequest(
  host: CommandHost,
  settings: Settings,
  flags: RehearsalFlags,
): Promise<RehearsalRequest> {
  return {
    ...(await runOptions(host, settings)),
    phase2: settings.phase2.value,
    limits: parseLimits(flags),
    officialLimits: flags.officialLimits ?? false,
    skipPreflight: flags.skipPreflight ?? false,
    gpuAsked: isGpuAsked(settings),
    settings: settingRows(settings, [...rehearsalSettings, 'registryImage']),
  };
}

/** What of the world a rehearsal may touch. */
export function rehearsalWorld({ machine, version, ...deps }: Deps): RehearsalWorld {
  const { home, nvidiaSmi, nodeVersion, platform } = machine;
  const versions = { vsc: version, node: nodeVersion, platform: `${platform} ${process.arch}` };
  return { ...deps, home, nvidiaSmi, versions };
}
