import { describe, expect, it } from 'vitest';
import { containerSpec } from '../../src/engine/container.ts';
import {
  planExecution,
  planScoring,
  planWhole,
  type SubmissionRun,
} from '../../src/rehearsal/stages.ts';

const root = '/home/me/My Project!';
const run: SubmissionRun = {
  id: '0badcafe',
  image: 'sha256:abc',
  root,
  zip: `${root}/submission/submission.zip`,
  data: `${root}/data/train`,
  dataset: 'train',
  blockInternet: false,
  gpus: true,
  phase2: false,
  limits: { memoryBytes: 2 ** 34, cpus: 1.5, pids: 2048, diskBytes: 2 ** 35 },
  scoringLimits: { memoryBytes: 2 ** 31, pids: 2048, diskBytes: 2 ** 30, seconds: 600 },
  owner: { pid: 77, hostname: 'here' },
};
const result = { path: '/x', target: '/y', maxBytes: 1 };

describe('the container that runs the code', () => {
  const { plan, inputs } = planExecution(run, result);

  it('has a name and labels of its own', () => {
    expect(plan.name).toBe('vsc-my-project-0badcafe-run');
    expect(plan.labels).toMatchObject({ 'vsc.project': root, 'vsc.pid': '77' });
  });

  it('gets the data and the zip, and mounts nothing that it could write to', () => {
    expect(inputs).toEqual([
      { source: run.data, target: '/data' },
      { source: run.zip, target: '/code_execution/submission/submission.zip' },
    ]);
    expect(plan.mounts).toEqual([]);
  });

  it('has no rights, and the limits', () => {
    const spec = containerSpec(plan);
    expect(spec.User).toBe('10001:10001');
    expect(spec.HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Init: false,
      Memory: 2 ** 34,
      MemorySwap: 2 ** 34,
      NanoCpus: 1.5e9,
      PidsLimit: 2048,
      LogConfig: { Type: 'none' },
      ShmSize: 8 * 1024 ** 3,
      Ulimits: [{ Name: 'fsize', Soft: 2 ** 35, Hard: 2 ** 35 }],
    });
  });

  it('is told PHASE2', () => {
    expect(plan.environment.PHASE2).toBe('false');
    const phase2 = planExecution({ ...run, phase2: true }, result).plan;
    expect(phase2.environment.PHASE2).toBe('true');
  });

  it('is given all GPUs or none, and no network only when the internet is blocked', () => {
    const ask = (change: Partial<SubmissionRun>) =>
      containerSpec(planExecution({ ...run, ...change }, result).plan).HostConfig;
    expect(ask({})?.DeviceRequests).toEqual([{ Driver: '', Count: -1, Capabilities: [['gpu']] }]);
    expect(ask({ gpus: false })?.DeviceRequests).toBeUndefined();
    expect(ask({})?.NetworkMode).toBeUndefined();
    expect(ask({ blockInternet: true })?.NetworkMode).toBe('none');
  });
});

describe('the container that scores', () => {
  const { plan, inputs } = planScoring(run, result, `${root}/submission/subset.npz`);

  it('never has a network or a GPU, whatever the settings say', () => {
    expect(plan).toMatchObject({ network: 'none', gpus: 'none', unprivileged: true });
  });

  it('has limits of its own, whatever the code is allowed', () => {
    expect(plan.limits).toEqual(run.scoringLimits);
    expect(containerSpec(plan).HostConfig).toMatchObject({
      Memory: 2 ** 31,
      PidsLimit: 2048,
      Init: false,
    });
    expect(planScoring({ ...run, limits: {} }, result, undefined).plan.limits).toEqual(plan.limits);
  });

  it('gets what the code made as a file, under a name of ours', () => {
    const target = '/code_execution/submission/subset_query_descriptors.npz';
    expect(inputs).toContainEqual({ source: `${root}/submission/subset.npz`, target });
    expect(plan.command).toEqual(['score', '--subset', target]);
    expect(planScoring(run, result, undefined).plan.command).toEqual(['score']);
  });
});

describe("the one container of the organisers' image", () => {
  it('keeps its own user and command', () => {
    const { plan, inputs } = planWhole(run, result);
    expect(plan.command).toEqual([]);
    expect(containerSpec(plan).User).toBeUndefined();
    expect(containerSpec(plan).HostConfig?.CapDrop).toBeUndefined();
    expect(inputs[1]?.ownFolder).toBe(true);
  });
});
