import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineInfo, EngineSetup } from '../../src/engine/port.ts';
import { EnvironmentError } from '../../src/errors.ts';
import {
  diagnoseGpu,
  isBefore,
  type NvidiaSmi,
  parseList,
  parseTable,
  requireGpu,
} from '../../src/image/gpu.ts';
import { fakeEngine } from '../support/fake-engine.ts';
import { folderWith } from '../support/folder.ts';

const fixture = (name: string) =>
  readFile(new URL(`../fixtures/nvidia-smi/${name}.txt`, import.meta.url), 'utf8');

/** An `nvidia-smi` that prints a fixture, and this list of GPUs. */
async function smi(name: string, ok = true, list = 'GPU 0: Tesla T4 (UUID: GPU-1)\n') {
  const table = await fixture(name);
  const answer: NvidiaSmi = async (args) => ({ ok, text: args.length === 0 || !ok ? table : list });
  return answer;
}

const engineWith = (setup: Partial<EngineSetup> = {}, info: Partial<EngineInfo> = {}) =>
  fakeEngine({ setup, info });

const nvidia = { runtimes: ['runc', 'nvidia'] };

describe('what nvidia-smi prints', () => {
  it.each([
    ['331-gtx', { version: '331.62' }],
    ['450-t4', { version: '450.80.02', cuda: '11.0' }],
    ['580-rtx', { version: '580.82.09', cuda: '13.0' }],
    ['610-b200', { version: '610.43.02', cuda: '13.3' }],
    ['no-driver', undefined],
  ])('%s', async (name, driver) => {
    expect(parseTable(await fixture(name))).toEqual(driver);
  });

  it('lists GPUs, also those that show no UUID', () => {
    const list =
      'GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-1)\nGPU 1: Tesla T4\n  MIG 1g: x (UUID: y)';
    expect(parseList(list)).toEqual(['NVIDIA A100-SXM4-40GB', 'Tesla T4']);
  });

  it.each([
    ['9.2', '11.3', true],
    ['11.3', '11.3', false],
    ['11.10', '11.3', false],
    ['465.19', '465.19.01', true],
    ['470', '465.19.01', false],
  ])('%s is before %s: %s', (a, b, before) => {
    expect(isBefore(a, b)).toBe(before);
  });
});

describe('diagnoseGpu', () => {
  it('is ready with the runtime, as default or not, and with CDI', async () => {
    const folder = await folderWith({ 'nvidia.yaml': 'cdiVersion: 0.6.0' });
    for (const setup of [
      nvidia,
      { defaultRuntime: 'nvidia' },
      { cdiFolders: ['/etc/cdi'], cdiDevices: ['nvidia.com/gpu=all'] },
      { cdiFolders: [join(folder, 'none'), folder] },
    ]) {
      const finding = await diagnoseGpu(engineWith(setup), await smi('580-rtx'));
      expect(finding).toMatchObject({
        status: 'ready',
        driver: { version: '580.82.09', cuda: '13.0', gpus: ['Tesla T4'] },
        detail: expect.stringContaining('version 580.82.09, CUDA 13.0, Tesla T4'),
      });
      expect(() => requireGpu(finding)).not.toThrow();
    }
  });

  it.each([
    [
      'engine-without-nvidia',
      {},
      '580-rtx',
      true,
      /neither the NVIDIA runtime .*runc.* CUDA 13\.0/,
      /Or install the NVIDIA Container Toolkit .*nvidia-ctk/,
    ],
    [
      'engine-without-nvidia',
      { cdiFolders: ['/nonexistent'] },
      '580-rtx',
      true,
      /nor an NVIDIA device through CDI/,
      /Toolkit/,
    ],
    [
      'driver-fails',
      nvidia,
      'no-driver',
      false,
      /couldn't communicate with the NVIDIA driver/,
      /mend the NVIDIA driver/,
    ],
    [
      'driver-fails',
      nvidia,
      'mismatch',
      false,
      /Driver\/library version mismatch/,
      /restart the machine/,
    ],
    [
      'driver-too-old',
      nvidia,
      '450-t4',
      true,
      /has CUDA 11\.3\..*version 450\.80\.02, CUDA 11\.0/,
      /driver 465\.19\.01 or newer/,
    ],
    ['driver-too-old', nvidia, '331-gtx', true, /version 331\.62, CUDA unknown/, /driver 465/],
  ] as const)('%s, with %j and %s', async (cause, setup, name, ok, detail, third) => {
    const finding = await diagnoseGpu(engineWith(setup), await smi(name, ok));
    expect(finding).toMatchObject({
      status: 'failed',
      cause,
      detail: expect.stringMatching(detail),
      remedies: [
        expect.stringContaining('CPU_OR_GPU=cpu'),
        expect.stringContaining('SKIP_GPU=true'),
        expect.stringMatching(third),
      ],
    });
    expect(() => requireGpu(finding)).toThrow(EnvironmentError);
    expect(() => requireGpu(finding)).toThrow(
      `The container can't have the GPU. ${finding.detail}`,
    );
    const known =
      cause === 'driver-fails' ? undefined : expect.objectContaining({ gpus: ['Tesla T4'] });
    expect(finding.driver).toEqual(known);
  });

  it.each([
    ['yml', true],
    ['json', true],
    ['conf', false],
    ['json.old', false],
  ])('reads of devices through CDI in nvidia.%s: %s', async (ending, has) => {
    const folder = await folderWith({ [`nvidia.${ending}`]: '' });
    const finding = await diagnoseGpu(engineWith({ cdiFolders: [folder] }), await smi('580-rtx'));
    expect(finding.status).toBe(has ? 'ready' : 'failed');
    expect(finding.detail).toContain(has ? 'The engine has the GPU through CDI.' : 'neither the');
  });

  it("does not take another maker's devices for NVIDIA's", async () => {
    const setup = { cdiDevices: ['amd.com/gpu=all'] };
    const finding = await diagnoseGpu(engineWith(setup), await smi('580-rtx'));
    expect(finding).toMatchObject({ cause: 'engine-without-nvidia' });
  });

  it("says which runtimes there are, and in three lines what nvidia-smi's failure is", async () => {
    const unknown = await diagnoseGpu(engineWith({ runtimes: [] }), await smi('580-rtx'));
    expect(unknown.detail).toContain('(its runtimes: unknown)');
    const several = await diagnoseGpu(engineWith({ runtimes: ['a', 'b'] }), await smi('580-rtx'));
    expect(several.detail).toContain('(its runtimes: a, b)');
    const failing = (text: string, ok = false) =>
      diagnoseGpu(engineWith(nvidia), async () => ({ ok, text }));
    expect((await failing('\n one\n\n two \nthree\nfour')).detail).toBe(
      'nvidia-smi is there but fails. nvidia-smi says: one two three',
    );
    expect((await failing('')).detail).toContain('nvidia-smi says: it says nothing');
    expect((await failing('hello', true)).detail).toContain('its answer is not understood: hello');
  });

  it('notices a driver without a GPU', async () => {
    const finding = await diagnoseGpu(engineWith(nvidia), await smi('580-rtx', true, ''));
    expect(finding).toMatchObject({ status: 'failed', cause: 'no-gpu' });
    expect(finding.detail).toMatch(/^The NVIDIA driver sees no GPU\. .*CUDA 13\.0, no GPU\.$/);
    const unlisted = async (args: readonly string[]) =>
      args.length === 0
        ? { ok: true, text: await fixture('580-rtx') }
        : { ok: false, text: 'GPU 0: x' };
    expect(await diagnoseGpu(engineWith(nvidia), unlisted)).toMatchObject({ cause: 'no-gpu' });
  });

  it('does not trust Podman, which ignores the request', async () => {
    const podman = engineWith(nvidia, { product: 'Podman' });
    const finding = await diagnoseGpu(podman, await smi('580-rtx'));
    expect(finding).toMatchObject({
      status: 'failed',
      cause: 'engine-ignores-gpus',
      detail: expect.stringMatching(
        /^Podman's .* ignores the request for GPUs\. The driver reports:/,
      ),
      remedies: expect.arrayContaining([expect.stringMatching(/^Or use Docker Engine: install/)]),
    });
  });

  it('says that there is no driver either', async () => {
    const finding = await diagnoseGpu(engineWith(), undefined);
    expect(finding).toMatchObject({
      cause: 'engine-without-nvidia',
      detail: expect.stringContaining('no nvidia-smi'),
      remedies: expect.arrayContaining([expect.stringContaining('the NVIDIA driver, then')]),
    });
  });

  it('does not judge an engine on another machine by the driver of this one', async () => {
    const far = engineWith(nvidia, { remote: true });
    expect(await diagnoseGpu(far, await smi('450-t4'))).toEqual({
      status: 'ready',
      detail:
        'The engine is on another machine, so its driver was not asked. The engine has the NVIDIA runtime.',
    });
    const folder = await folderWith({ 'nvidia.yaml': '' });
    const unlike = engineWith({ cdiFolders: [folder] }, { remote: true });
    expect(await diagnoseGpu(unlike, await smi('580-rtx'))).toMatchObject({
      cause: 'engine-without-nvidia',
      remedies: expect.arrayContaining([expect.stringMatching(/^Or install the NVIDIA Container/)]),
    });
  });
});

describe('GPUs by their numbers', () => {
  it('are told where there are not so many', async () => {
    const list = 'GPU 0: Tesla T4\nGPU 1: Tesla P4\n';
    const found = await diagnoseGpu(engineWith(nvidia), await smi('580-rtx', true, list));
    expect(() => requireGpu(found, ['1', 'GPU-1'])).not.toThrow();
    expect(() => requireGpu(found, ['0', '2', '9'])).toThrow(
      'This machine has no GPU 2 and no GPU 9: 0 is Tesla T4, 1 is Tesla P4.',
    );
  });
});
