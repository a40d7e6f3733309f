import { describe, expect, it } from 'vitest';
import { containerSpec } from '../../src/engine/container.ts';
import { secret } from '../../src/engine/secret.ts';
import {
  type Handover,
  planExecution,
  planScoring,
  planStages,
  planWhole,
  type StageFile,
  type SubmissionRun,
  shownPlans,
} from '../../src/rehearsal/stages.ts';

const root = '/home/me/My Project!';
const run: SubmissionRun = {
  id: '0badcafe',
  image: 'sha256:abc',
  root,
  zip: `${root}/submission/submission.zip`,
  data: `${root}/data/train`,
  dataset: 'train',
  arguments: [],
  blockInternet: false,
  gpus: 'all',
  phase2: false,
  limits: { memoryBytes: 2 ** 34, cpus: 1.5, pids: 2048, diskBytes: 2 ** 35 },
  scoringLimits: { memoryBytes: 2 ** 31, pids: 2048, diskBytes: 2 ** 30, seconds: 600 },
  scoringGpus: 'none',
  owner: { pid: 77, hostname: 'here', started: 1 },
};
const result = { path: '/x', target: '/y', maxBytes: 1 };

describe('the container that runs the code', () => {
  const planned = (change: Partial<SubmissionRun> = {}) =>
    planExecution({ ...run, ...change }, result);

  it('has a name and labels of its own', () => {
    const { plan } = planned();
    expect(plan.name).toBe('vsc-my-project-0badcafe-run');
    expect(plan.labels).toMatchObject({ 'vsc.project': root, 'vsc.pid': '77' });
  });

  it.each([
    ['/home/me/team-7', 'team-7'],
    ['/home/me/__team..7__', 'team-7'],
    ['/home/me/动画', 'project'],
    ['/', 'project'],
    [`/home/me/${'long'.repeat(10)}`, 'longlonglonglonglonglonglonglo'],
  ])('is named after the folder %s as %s', (folder, name) => {
    const { plan } = planned({ root: folder });
    expect(plan.name).toBe(`vsc-${name}-0badcafe-run`);
  });

  it('gets the data and the zip, and mounts nothing that it could write to', () => {
    const { plan, inputs } = planned();
    expect(inputs).toEqual([
      { source: run.data, target: '/data' },
      { source: run.zip, target: '/code_execution/submission/submission.zip' },
    ]);
    expect(plan.mounts).toEqual([]);
  });

  it("is the only one that is given the user's variables, and can't have its own changed", () => {
    const variables = { HF_TOKEN: secret('hf_0123456789'), DATASET: secret('phase2') };
    const { plan } = planned({ variables });
    expect(containerSpec(plan).Env).toEqual([
      'HF_TOKEN=hf_0123456789',
      'DATASET=train',
      'PHASE2=false',
      'PYTHONUNBUFFERED=1',
    ]);
    expect(JSON.stringify(plan)).toContain('"HF_TOKEN":"•••"');
    expect(JSON.stringify(plan)).not.toContain('hf_0123456789');
    const given = { ...run, variables };
    expect(planWhole(given, result).plan.environment).toHaveProperty('HF_TOKEN');
    expect(planScoring(given, result).plan.environment).not.toHaveProperty('HF_TOKEN');
  });

  it('has no rights, and the limits', () => {
    const { plan } = planned();
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

  it('is told to run the code, and where to report', () => {
    expect(planned().plan.command).toEqual(['execute', '--report', '/tmp/run_report.json']);
    expect(planned({ limits: {} }).plan.command).toEqual(planned().plan.command);
  });

  it('is believed until the code begins', () => {
    expect(planned()).toMatchObject({
      report: '/tmp/run_report.json',
      trust: 'until-main',
    });
  });

  it('is told the dataset and PHASE2, and to hold no output back', () => {
    const environment = { DATASET: 'train', PHASE2: 'false', PYTHONUNBUFFERED: '1' };
    expect(planned().plan.environment).toEqual(environment);
    expect(planned({ phase2: true }).plan.environment).toEqual({ ...environment, PHASE2: 'true' });
  });

  it('is given all GPUs, some or none, and no network only when the internet is blocked', () => {
    const ask = (change: Partial<SubmissionRun>) => containerSpec(planned(change).plan).HostConfig;
    expect(ask({})?.DeviceRequests).toEqual([{ Driver: '', Count: -1, Capabilities: [['gpu']] }]);
    expect(ask({ gpus: ['1', '3'] })?.DeviceRequests).toEqual([
      { Driver: '', DeviceIDs: ['1', '3'], Capabilities: [['gpu']] },
    ]);
    expect(ask({ gpus: 'none' })?.DeviceRequests).toBeUndefined();
    expect(ask({})?.NetworkMode).toBeUndefined();
    expect(planned().plan).toMatchObject({ network: 'default', gpus: 'all' });
    expect(planned({ gpus: 'none' }).plan.gpus).toBe('none');
    expect(ask({ blockInternet: true })?.NetworkMode).toBe('none');
  });
});

describe('the container that scores', () => {
  const planned = (subset?: { made: StageFile; handover: Handover }) =>
    planScoring(run, result, subset);
  const made = {
    path: '/code_execution/subset_query_descriptors.npz',
    target: `${root}/submission/subset.npz`,
    maxBytes: 1,
  };

  it('never has a network, nor rights, and a GPU only where it has use for one', () => {
    const bare = { network: 'none', unprivileged: true, init: false };
    expect(planned().plan).toMatchObject({ ...bare, gpus: 'none' });
    const searching = planScoring({ ...run, scoringGpus: ['1'] }, result, undefined).plan;
    expect(searching).toMatchObject({ ...bare, gpus: ['1'] });
    expect(searching.user).toBe(planned().plan.user);
  });

  it('alone is asked to tell how far it is', () => {
    expect(planned().plan.environment).toMatchObject({ VSC_PROGRESS: 'true' });
    expect(planExecution(run, result).plan.environment).not.toHaveProperty('VSC_PROGRESS');
    expect(planWhole(run, result).plan.environment).not.toHaveProperty('VSC_PROGRESS');
  });

  it('gets the data and the zip, without the limits that are for the code, and is believed', () => {
    const scoring = planned();
    expect(scoring.inputs).toEqual([
      { source: run.data, target: '/data' },
      { source: run.zip, target: '/code_execution/submission/submission.zip' },
    ]);
    expect(scoring.plan.name).toBe('vsc-my-project-0badcafe-score');
    expect(scoring).toMatchObject({
      report: '/code_execution/submission/run_report.json',
      trust: 'all',
    });
  });

  it('has limits of its own, whatever the code is allowed', () => {
    const { plan } = planned();
    expect(plan.limits).toEqual(run.scoringLimits);
    expect(containerSpec(plan).HostConfig).toMatchObject({
      Memory: 2 ** 31,
      PidsLimit: 2048,
      Init: false,
    });
    expect(planScoring({ ...run, limits: {} }, result).plan.limits).toEqual(plan.limits);
  });

  it('gets what the code made on its standard input, and nothing of its files', () => {
    const scoring = planned({ made, handover: 'input' });
    expect(scoring.plan.command).toEqual(['score', '--subset', '-']);
    expect(scoring.inputs).toEqual(planned().inputs);
    expect(scoring).toMatchObject({ handed: made, plan: { readsInput: true } });
    expect(scoring.standsBy).toBeUndefined();
    expect(planned({ made, handover: 'standby' })).toEqual({ ...scoring, standsBy: true });
    expect(containerSpec(scoring.plan)).toMatchObject({ OpenStdin: true, StdinOnce: true });
  });

  it('gets it as a file, under a name of ours, in an image that knows nothing else', () => {
    const target = '/code_execution/submission/subset_query_descriptors.npz';
    const { plan, inputs, ...rest } = planned({ made, handover: 'file' });
    expect(inputs).toContainEqual({ source: made.target, target });
    expect(plan.command).toEqual(['score', '--subset', target]);
    expect(rest).not.toHaveProperty('handed');
    expect(containerSpec(plan)).not.toHaveProperty('OpenStdin');
  });

  it('gets nothing where no code has run', () => {
    expect(planned().plan.command).toEqual(['score']);
    expect(planned()).not.toHaveProperty('handed');
  });
});

describe("the one container of the organisers' image", () => {
  it('keeps its own user and command', () => {
    const { plan, inputs } = planWhole(run, result);
    expect(plan.command).toEqual([]);
    expect(containerSpec(plan).User).toBeUndefined();
    expect(containerSpec(plan).HostConfig?.CapDrop).toBeUndefined();
    expect(inputs[0]).toEqual({ source: run.data, target: '/data' });
    expect(inputs[1]?.ownFolder).toBe(true);
    expect(plan.name).toBe('vsc-my-project-0badcafe-run');
    expect(plan.limits).toEqual(run.limits);
  });

  it('is believed nothing of what it says of itself', () => {
    expect(planWhole(run, result)).toMatchObject({
      report: '/code_execution/submission/run_report.json',
      trust: 'nothing',
    });
  });
});

it('tells the runtime of the track, in each container of ours', () => {
  const other = { ...run, arguments: ['--track', 'matching'] };
  expect(planExecution(other, result).plan.command.slice(0, 3)).toEqual([
    'execute',
    '--track',
    'matching',
  ]);
  const made = { ...result, path: '/x/subset_matches.csv' };
  const scoring = planScoring(other, result, { made, handover: 'file' });
  expect(scoring.plan.command).toEqual([
    'score',
    '--track',
    'matching',
    '--subset',
    '/code_execution/submission/subset_matches.csv',
  ]);
  expect(planWhole(other, result).plan.command).toEqual([]);
});

describe('which containers there are', () => {
  const results = {
    archive: { ...result, target: '/archive' },
    made: { ...result, target: '/subset' },
  };
  const planned = (ownImage: boolean, hasCode: boolean) =>
    planStages(run, results, { ownImage, hasCode, handover: 'file' }).map(
      ({ plan, result: { target } }) => [
        ...plan.command.filter((word) => ['execute', 'score', '--subset'].includes(word)),
        target,
      ],
    );

  it('of our image two, the second with what the first made', () => {
    expect(planned(true, true)).toEqual([
      ['execute', '/subset'],
      ['score', '--subset', '/archive'],
    ]);
    const ours = { ownImage: true, hasCode: true };
    const [, scoring] = planStages(run, results, { ...ours, handover: 'file' });
    expect(scoring?.inputs.at(-1)?.source).toBe('/subset');
    const [, waiting] = planStages(run, results, { ...ours, handover: 'standby' });
    expect(waiting).toMatchObject({ standsBy: true, handed: results.made });
  });

  it('of our image one where there is no code to run', () => {
    expect(planned(true, false)).toEqual([['score', '/archive']]);
  });

  it("of the organisers' image one", () => {
    expect(planned(false, true)).toEqual([['/archive']]);
    expect(planned(false, false)).toEqual([['/archive']]);
  });

  it('are shown with their inputs as mounts', () => {
    const [shown] = shownPlans([planExecution(run, result)]);
    expect(shown?.mounts.map(({ target }) => target)).toEqual([
      '/data',
      '/code_execution/submission/submission.zip',
    ]);
  });
});
