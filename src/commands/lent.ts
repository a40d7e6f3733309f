import { parseGpus } from '../engine/gpus.ts';
import { hidden } from '../engine/secret.ts';
import { UsageError } from '../errors.ts';
import type { Lent } from '../rehearsal/prepared.ts';
import { parseVariables } from '../rehearsal/variables.ts';
import type { SettingRow, Settings } from '../settings/settings.ts';
import { variables } from '../settings/variables.ts';
import type { CommandHost, LentFlags } from './host.ts';

/**
 * What containers with the code are given of this machine's and its user's own.
 * @throws UsageError for what can't be, and for GPUs where the settings give none
 */
export function lentBy(host: CommandHost, settings: Settings, { env, gpus }: LentFlags): Lent {
  if (gpus !== undefined) requireGpuSettings(settings);
  return {
    ...(gpus !== undefined && { gpus: parseGpus(gpus) }),
    ...(env !== undefined && { variables: parseVariables(env, host.env) }),
  };
}

function requireGpuSettings({ cpuOrGpu, skipGpu }: Settings): void {
  if (skipGpu.value) {
    throw new UsageError(`--gpus asks for GPUs, and ${namedBy('skipGpu', skipGpu)} for none.`, [
      'Give one of them.',
    ]);
  }
  if (cpuOrGpu.value === 'gpu') return;
  const { source } = cpuOrGpu;
  throw new UsageError(
    `--gpus asks for GPUs, and the cpu image can not use any (${namedBy('cpuOrGpu', cpuOrGpu)}).`,
    [source === '--cpu' ? 'Give one of them.' : 'For the gpu image: --gpu, beside --gpus.'],
  );
}

/** What set a setting, as a user knows it. */
function namedBy(
  key: 'cpuOrGpu' | 'skipGpu',
  { value, source }: { readonly value: unknown; readonly source: string },
): string {
  const { name } = variables[key];
  if (source.startsWith('--')) return source;
  return source === name ? `${name}=${value}` : `${name}=${value}: ${source}`;
}

/** The same as rows beside the settings, the variables by their names only. */
export function lentRows(lent: Lent): readonly SettingRow[] {
  const names = Object.keys(lent.variables ?? {});
  return names.map((name) => ({ name, value: hidden, source: '--env' }));
}
