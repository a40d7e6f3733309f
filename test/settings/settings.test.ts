import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { resolveSettings } from '../../src/settings/settings.ts';

const world = (env: Record<string, string>, nvidiaSmi?: string) => ({
  env,
  findNvidiaSmi: async () => nvidiaSmi,
});

describe('settings', () => {
  it('takes a flag before the environment, the environment before the default', async () => {
    const env = { DATASET: 'test', SUBSET_PROPORTION: '0.5' };
    const settings = await resolveSettings({ dataset: 'phase2' }, world(env));
    expect(settings.dataset).toEqual({ value: 'phase2', source: '--dataset' });
    expect(settings.subsetProportion).toEqual({ value: 0.5, source: 'SUBSET_PROPORTION' });
    expect(settings.phase2).toEqual({ value: false, source: 'default' });
  });

  it('reads false as false', async () => {
    const env = { SKIP_GPU: 'false', BLOCK_INTERNET: 'true', PHASE2: '' };
    const settings = await resolveSettings({}, world(env));
    expect(settings.skipGpu.value).toBe(false);
    expect(settings.blockInternet.value).toBe(true);
    expect(settings.phase2.value).toBe(false);
  });

  it.each([
    [{ CPU_OR_GPU: 'banana' }, {}, 'CPU_OR_GPU is "banana".', 'Allowed: cpu, gpu.'],
    [{ SKIP_GPU: 'yes' }, {}, 'SKIP_GPU is "yes".', 'Allowed: true, false.'],
    [{ DATASET: 'Train' }, {}, 'DATASET is "Train".', 'Allowed: train, test, phase2.'],
    [{ GITHUB_ACTIONS_NO_TTY: '1' }, {}, 'GITHUB_ACTIONS_NO_TTY is "1".', 'Allowed: true, false.'],
    [{ SUBSET_PROPORTION: '0' }, {}, 'SUBSET_PROPORTION is "0".', 'Allowed: a number above 0'],
    [{ SUBSET_PROPORTION: '1.01' }, {}, 'SUBSET_PROPORTION is "1.01".', 'Allowed: a number'],
    [{ SUBSET_PROPORTION: ' ' }, {}, 'SUBSET_PROPORTION is " ".', 'Allowed: a number'],
    [
      {},
      { proportion: 'half' },
      '--proportion (SUBSET_PROPORTION) is "half".',
      'Allowed: a number',
    ],
    [{}, { cpu: true, gpu: true }, '--cpu and --gpu contradict each other.', 'Give one of them.'],
  ])('refuses %j with %j', async (env, flags, message, next) => {
    const refused = await resolveSettings(flags, world(env as Record<string, string>)).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(UsageError);
    expect((refused as UsageError).message).toBe(message);
    expect((refused as UsageError).next.join()).toContain(next);
  });

  it('chooses the processor by nvidia-smi and says so', async () => {
    const without = await resolveSettings({}, world({}));
    expect(without.cpuOrGpu).toEqual({ value: 'cpu', source: 'no nvidia-smi on the PATH' });
    const found = await resolveSettings({}, world({}, '/usr/bin/nvidia-smi'));
    expect(found.cpuOrGpu).toEqual({ value: 'gpu', source: 'found /usr/bin/nvidia-smi' });
    const told = await resolveSettings({ cpu: true }, world({}, '/usr/bin/nvidia-smi'));
    expect(told.cpuOrGpu).toEqual({ value: 'cpu', source: '--cpu' });
    expect(found.registryImage.value).toBe(
      'metavsc.azurecr.io/meta-vsc-descriptor-runtime:gpu-latest',
    );
  });
});
