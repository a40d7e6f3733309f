import { describe, expect, it } from 'vitest';
import { containerSpec } from '../../src/engine/container-spec.ts';
import { planSubmissionRun, type SubmissionRun } from '../../src/submission/run-plan.ts';

const run: SubmissionRun = {
  id: '0badcafe',
  image: 'sha256:abc',
  project: {
    root: '/home/me/My Project!',
    submission: '/home/me/My Project!/submission',
    log: '/home/me/My Project!/submission/log.txt',
  },
  data: '/home/me/My Project!/data/train',
  dataset: 'train',
  blockInternet: false,
  gpus: false,
  phase2: false,
  owner: { pid: 77, hostname: 'here' },
};

describe('planSubmissionRun', () => {
  it('mounts the data read-only and the submission, and keeps the log to us', () => {
    expect(planSubmissionRun(run).mounts).toEqual([
      { source: run.data, target: '/data', readOnly: true },
      { source: run.project.submission, target: '/code_execution/submission', readOnly: false },
      { source: '/dev/null', target: '/code_execution/submission/log.txt', readOnly: false },
    ]);
  });

  it('has a name and labels of its own', () => {
    const { name, labels } = planSubmissionRun(run);
    expect(name).toBe('vsc-my-project-0badcafe');
    expect(labels).toMatchObject({ 'vsc.project': run.project.root, 'vsc.pid': '77' });
  });

  it('hands PHASE2 to the container', () => {
    expect(planSubmissionRun(run).environment.PHASE2).toBe('false');
    expect(planSubmissionRun({ ...run, phase2: true }).environment.PHASE2).toBe('true');
  });
});

describe('what the engine is asked for', () => {
  const hostConfig = (change: Partial<SubmissionRun>) =>
    containerSpec(planSubmissionRun({ ...run, ...change })).HostConfig;

  it('no network only when the internet is blocked', () => {
    expect(hostConfig({ blockInternet: true })?.NetworkMode).toBe('none');
    expect(hostConfig({})?.NetworkMode).toBeUndefined();
  });

  it('all GPUs, or none', () => {
    expect(hostConfig({ gpus: true })?.DeviceRequests).toEqual([
      { Driver: '', Count: -1, Capabilities: [['gpu']] },
    ]);
    expect(hostConfig({})?.DeviceRequests).toBeUndefined();
  });

  it('8 GiB of shared memory', () => {
    expect(hostConfig({})?.ShmSize).toBe(8 * 1024 ** 3);
  });
});
