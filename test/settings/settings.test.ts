import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { isGiven, resolveSettings, settingRows } from '../../src/settings/settings.ts';
import { asksForPlainOutput, variables } from '../../src/settings/variables.ts';
import { projectFileWith } from '../support/project-file.ts';

const world = (
  env: Record<string, string>,
  nvidiaSmi?: string,
  inFile: Record<string, string> = {},
) => ({
  env,
  projectFile: projectFileWith(inFile),
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

  it("takes the environment before the project's file, that before the default", async () => {
    const inFile = { DATASET: 'test', SUBSET_PROPORTION: '0.2', PHASE2: 'true', SKIP_GPU: '' };
    const env = { SUBSET_PROPORTION: '0.5', DATASET: '' };
    const settings = await resolveSettings({ phase2: true }, world(env, undefined, inFile));
    expect(settings.dataset).toEqual({ value: 'test', source: 'vsc.env' });
    expect(settings.subsetProportion).toEqual({ value: 0.5, source: 'SUBSET_PROPORTION' });
    expect(settings.phase2).toEqual({ value: true, source: '--phase2' });
    expect(settings.skipGpu).toEqual({ value: false, source: 'default' });
    expect(isGiven('dataset', settings.dataset)).toBe(true);
    expect(isGiven('skipGpu', settings.skipGpu)).toBe(false);
  });

  it("takes each setting from the project's file", async () => {
    const texts: Record<string, string> = {
      TRACK: 'descriptor',
      CPU_OR_GPU: 'gpu',
      SKIP_GPU: 'true',
      BLOCK_INTERNET: 'true',
      DATASET: 'phase2',
      SUBSET_PROPORTION: '0.25',
      SUBMISSION_IMAGE: 'mine:1',
      REGISTRY_IMAGE: 'theirs:1',
      PHASE2: 'true',
      GITHUB_ACTIONS_NO_TTY: 'true',
    };
    const rows = settingRows(await resolveSettings({}, world({}, undefined, texts)));
    const expected = Object.values(variables).map(({ name }) => ({
      name,
      value: texts[name],
      source: 'vsc.env',
    }));
    expect(rows).toEqual(expected);
  });

  it.each([
    [{ DATASET: 'Train' }, 'line 1: DATASET is "Train".', 'Allowed: train, test, phase2.'],
    [
      { PHASE2: 'true', SUBSET_PROPORTION: '2' },
      'line 2: SUBSET_PROPORTION is "2".',
      'Allowed: a number above 0 and at most 1.',
    ],
  ])("names the project's file and the line for %j", async (inFile, message, next) => {
    const refused = await resolveSettings({}, world({}, undefined, inFile)).catch((e) => e);
    expect(refused).toBeInstanceOf(UsageError);
    expect(refused.message).toBe(`/project/vsc.env, ${message}`);
    expect(refused.next).toEqual([next]);
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

  it('has the official image of the track', async () => {
    const settings = await resolveSettings({ track: 'matching', gpu: true }, world({}));
    expect(settings.track).toEqual({ value: 'matching', source: '--track' });
    expect(settings.registryImage).toEqual({
      value: 'metavsc.azurecr.io/meta-vsc-matching-runtime:gpu-latest',
      source: 'default',
    });
    const fromEnv = await resolveSettings({}, world({ TRACK: 'matching' }));
    expect(fromEnv.track).toEqual({ value: 'matching', source: 'TRACK' });
    const refused = resolveSettings({ track: 'Matching' }, world({}));
    await expect(refused).rejects.toThrow('--track (TRACK) is "Matching".');
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

  it('has every setting by default, and says which were chosen', async () => {
    const settings = await resolveSettings({}, world({}));
    expect(settingRows(settings)).toEqual(
      [
        ['TRACK', 'descriptor', 'default'],
        ['CPU_OR_GPU', 'cpu', 'no nvidia-smi on the PATH'],
        ['SKIP_GPU', 'false', 'default'],
        ['BLOCK_INTERNET', 'false', 'default'],
        ['DATASET', 'train', 'default'],
        ['SUBSET_PROPORTION', '0.01', 'default'],
        ['SUBMISSION_IMAGE', '', 'default'],
        ['REGISTRY_IMAGE', 'metavsc.azurecr.io/meta-vsc-descriptor-runtime:cpu-latest', 'default'],
        ['PHASE2', 'false', 'default'],
        ['GITHUB_ACTIONS_NO_TTY', 'false', 'default'],
      ].map(([name, value, source]) => ({ name, value, source })),
    );
    expect(settingRows(settings, ['phase2'])).toEqual([
      { name: 'PHASE2', value: 'false', source: 'default' },
    ]);
  });

  it.each([
    [{ cpu: true }, 'cpuOrGpu', 'cpu', '--cpu'],
    [{ gpu: true }, 'cpuOrGpu', 'gpu', '--gpu'],
    [{ skipGpu: true }, 'skipGpu', true, '--skip-gpu'],
    [{ blockInternet: true }, 'blockInternet', true, '--block-internet'],
    [{ dataset: 'test' }, 'dataset', 'test', '--dataset'],
    [{ proportion: '1' }, 'subsetProportion', 1, '--proportion'],
    [{ image: 'mine:1' }, 'submissionImage', 'mine:1', '--image'],
    [{ registryImage: 'theirs:1' }, 'registryImage', 'theirs:1', '--registry-image'],
    [{ phase2: true }, 'phase2', true, '--phase2'],
  ] as const)('takes the flag %j', async (flags, key, value, source) => {
    const settings = await resolveSettings(flags, world({}));
    expect(settings[key]).toEqual({ value, source });
    expect(isGiven(key, settings[key])).toBe(true);
  });

  it.each([
    ['CPU_OR_GPU', 'gpu', 'cpuOrGpu', 'gpu'],
    ['SKIP_GPU', 'true', 'skipGpu', true],
    ['DATASET', 'phase2', 'dataset', 'phase2'],
    ['SUBMISSION_IMAGE', 'mine:1', 'submissionImage', 'mine:1'],
    ['REGISTRY_IMAGE', 'theirs:1', 'registryImage', 'theirs:1'],
    ['PHASE2', 'true', 'phase2', true],
    ['GITHUB_ACTIONS_NO_TTY', 'true', 'noTerminal', true],
  ] as const)('takes the variable %s=%s', async (name, text, key, value) => {
    const settings = await resolveSettings({}, world({ [name]: text }));
    expect(settings[key]).toEqual({ value, source: name });
    expect(isGiven(key, settings[key])).toBe(true);
  });

  it('takes what is empty, a default or found on this machine for not given', async () => {
    const env = { SUBMISSION_IMAGE: '', DATASET: '' };
    const settings = await resolveSettings({}, world(env, '/usr/bin/nvidia-smi'));
    expect(settings.submissionImage).toEqual({ value: undefined, source: 'default' });
    for (const key of ['cpuOrGpu', 'dataset', 'submissionImage', 'registryImage'] as const) {
      expect(isGiven(key, settings[key])).toBe(false);
    }
  });

  it('names the allowed values in full where they are words', async () => {
    const refused = await resolveSettings({}, world({ SUBSET_PROPORTION: 'x' })).catch((e) => e);
    expect(refused.next).toEqual(['Allowed: a number above 0 and at most 1.']);
    expect(
      (await resolveSettings({}, world({ SUBSET_PROPORTION: '1' }))).subsetProportion.value,
    ).toBe(1);
  });

  it('knows of plain output before all else', () => {
    expect(asksForPlainOutput({ GITHUB_ACTIONS_NO_TTY: 'true' })).toBe(true);
    expect(asksForPlainOutput({ GITHUB_ACTIONS_NO_TTY: 'false' })).toBe(false);
    expect(asksForPlainOutput({})).toBe(false);
  });
});
