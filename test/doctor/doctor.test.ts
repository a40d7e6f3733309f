import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderResults } from '../../src/doctor/check.ts';
import { type FreeSpace, freeSpaceOnDisk } from '../../src/doctor/checks.ts';
import {
  type DoctorOptions,
  type DoctorWorld,
  failureOf,
  runChecks,
} from '../../src/doctor/doctor.ts';
import { EnvironmentError } from '../../src/errors.ts';
import { projectAt } from '../../src/project.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { fakeEngine } from '../support/fake-engine.ts';
import { folderWith } from '../support/folder.ts';
import { mp4 } from '../support/mp4.ts';

const official = 'metavsc.azurecr.io/meta-vsc-descriptor-runtime:cpu-latest';
const slim = 'meta-vsc-descriptor-runtime:slim-local';
const plenty: FreeSpace = async (folder) => (folder.includes('query') ? undefined : 500e9);
const csv = (id: string) => `video_id,duration_sec\n${id},10\n`;

/** The checks by name, on a healthy machine with a complete project, but for what is changed. */
async function checked(
  tools: Partial<DoctorWorld> = {},
  options: Partial<DoctorOptions> = {},
  root?: string,
) {
  const project = projectAt(root ?? (await completeProject()));
  const results = await runChecks(
    {
      project,
      projectSettings: [],
      track: descriptorTrack,
      dataset: 'test',
      image: { cpuOrGpu: 'cpu', registryImage: official, roots: [] },
      gpu: { cpuOrGpu: 'cpu', source: 'default', skipGpu: false },
      ...options,
    },
    {
      engine: async () => fakeEngine({ images: { [official]: {} } }),
      nvidiaSmi: async () => undefined,
      askRegistry: async () => ({ digest: 'sha256:abc' }),
      freeSpace: plenty,
      nodeVersion: 'v20.19.0',
      now: new Date('2026-06-11T12:00:00Z'),
      ...tools,
    },
  );
  const byName = Object.fromEntries(results.map(({ name, ...result }) => [name, result]));
  return { results, byName };
}

async function completeProject(): Promise<string> {
  const root = await folderWith({
    'competition_data/test/query_metadata.csv': csv('Q100001'),
    'competition_data/test/reference_metadata.csv': csv('R100001'),
    'competition_data/test/query/Q100001.mp4': mp4(),
    'data/test/query_metadata.csv': csv('Q100001'),
    'data/test/reference_metadata.csv': csv('R100001'),
    'data/test/query_subset.csv': 'video_id\nQ100001\n',
    'data/test/query/Q100001.mp4': mp4(),
  });
  await mkdir(join(root, 'submission'));
  return root;
}

/** Texts that match; a bare pattern in `toMatchObject` would match anything. */
const like = (...patterns: RegExp[]) => patterns.map((it) => expect.stringMatching(it));

const engineOf = (...parts: Parameters<typeof fakeEngine>) => ({
  engine: async () => fakeEngine(...parts),
});

describe('doctor', () => {
  it('finds nothing on a healthy machine, and says what it saw', async () => {
    const labels = { 'vsc.runtime.contract': '1' };
    const created = new Date('2026-06-01T00:00:00Z');
    const digests = [`${official.replace(/:.*/, '')}@sha256:abc`];
    const { results, byName } = await checked(
      engineOf({ images: { [official]: { labels, created, digests } } }),
    );
    expect(results.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'node ok',
      'engine ok',
      'image ok',
      'official-image ok',
      'gpu ok',
      'image-disk ok',
      'data-disk ok',
      'project ok',
      'competition-data ok',
      'data ok',
      'submission ok',
    ]);
    expect(byName.engine?.detail).toBe(
      'Docker 27.0.0, API 1.46, at unix:///var/run/docker.sock (default)',
    );
    expect(byName.image?.detail).toContain(
      'digest sha256:abc, built 10 days ago, 1 GB, contract 1',
    );
    expect(failureOf(results)).toBeUndefined();
  });

  it('says in full what it saw', async () => {
    const root = await completeProject();
    const { byName } = await checked({}, {}, root);
    const details = Object.entries(byName).map(([name, { detail }]) => [name, detail]);
    expect(Object.fromEntries(details)).toEqual({
      node: 'v20.19.0',
      engine: 'Docker 27.0.0, API 1.46, at unix:///var/run/docker.sock (default)',
      image: `${official} (official image), id sha256:${official}, 1 GB, the official contract`,
      'official-image': `not compared: ${official} has no digest, as it was built or loaded here`,
      gpu: 'not asked for: cpu (default)',
      'image-disk': '500 GB free at /var/lib/docker, the full image takes 12 GB',
      'data-disk': `500 GB free at ${root}/competition_data; the train set takes 79 GB, all sets 163 GB`,
      project: `${root}, without a vsc.env`,
      'competition-data': `${root}/competition_data/test is complete`,
      data: `${root}/data/test, 1 queries in the subset`,
      submission: `${root}/submission is writable`,
    });
  });

  it("knows what the project's own settings set", async () => {
    const root = await completeProject();
    await writeFile(join(root, 'vsc.env'), '');
    const projectSettings = ['DATASET=test', 'PHASE2=true'];
    const { byName } = await checked({}, { projectSettings }, root);
    expect(byName.project?.detail).toBe(`${root}; vsc.env sets DATASET=test, PHASE2=true`);
    expect((await checked({}, {}, root)).byName.project?.detail).toBe(
      `${root}; vsc.env sets nothing`,
    );
  });

  it.each([
    ['2026-06-11T11:00:00Z', 'built today'],
    ['2026-06-10T12:00:01Z', 'built today'],
    ['2026-06-10T12:00:00Z', 'built 1 day ago'],
    ['2026-06-09T12:00:00Z', 'built 2 days ago'],
  ])('an image of %s was %s', async (created, told) => {
    const images = { [official]: { created: new Date(created) } };
    expect((await checked(engineOf({ images }))).byName.image?.detail).toContain(`, ${told}, `);
  });

  it('knows an engine that runs no Linux containers', async () => {
    const { byName } = await checked(engineOf({ setup: { os: 'windows' } }));
    expect(byName.engine).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/: it runs windows containers, the images are for Linux$/),
      remedies: like(/Switch Docker Desktop/),
    });
    expect((await checked(engineOf({ setup: { os: '' } }))).byName.engine?.status).toBe('ok');
  });

  it('says that the GPU can be had', async () => {
    const gpu = { cpuOrGpu: 'gpu', source: '--gpu', skipGpu: false } as const;
    const { byName } = await checked(engineOf({ setup: { runtimes: ['nvidia'] } }), { gpu });
    expect(byName.gpu).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('The engine has the NVIDIA runtime.'),
    });
  });

  it('runs every check where there is no engine, and blames the engine only', async () => {
    const unreachable = new EnvironmentError('No container engine at x.', ['Start Docker.']);
    const { results, byName } = await checked({ engine: () => Promise.reject(unreachable) });
    expect(byName.engine).toEqual({
      status: 'failed',
      detail: 'No container engine at x.',
      remedies: ['Start Docker.'],
    });
    expect(byName.image).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/not checked/),
    });
    expect(byName.data?.status).toBe('ok');
    expect(failureOf(results)?.message).toBe('1 check failed: engine.');
  });

  it('lets a bug through', async () => {
    await expect(checked({ freeSpace: () => Promise.reject(new TypeError('x')) })).rejects.toThrow(
      TypeError,
    );
  });

  it('names what is missing in an empty project, and the commands', async () => {
    const { byName } = await checked(engineOf(), {}, await folderWith());
    expect(byName.image).toMatchObject({
      status: 'failed',
      remedies: like(/vsc pull/, /vsc build/),
    });
    expect(byName.project).toMatchObject({ status: 'warning', remedies: like(/: vsc init$/) });
    expect(byName.data).toMatchObject({
      status: 'failed',
      remedies: like(/vsc data-subset/, /put/),
    });
    expect(byName['competition-data']).toMatchObject({ status: 'failed' });
    expect(byName.submission).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/can be made/),
    });
  });

  it('does not ask for the download where data/ is made', async () => {
    const root = await completeProject();
    await rm(join(root, 'competition_data'), { recursive: true });
    const { byName } = await checked({}, {}, root);
    expect(byName['competition-data']).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/ \(data\/test is made already\)$/),
      remedies: like(/Put the download there/, /vsc sample-data/, /vsc download test/),
    });
  });

  it('counts absent videos', async () => {
    const root = await completeProject();
    await writeFile(join(root, 'data/test/query_subset.csv'), 'video_id\nQ100001\nQ100002\n');
    const { byName } = await checked({}, {}, root);
    expect(byName.data).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(
        /, 2 queries in the subset, the videos of 1 of them are absent$/,
      ),
      remedies: like(/competition_data\/test\/query and run "vsc data-subset" again\.$/),
    });
  });

  it('names videos of the subset that cannot be decoded', async () => {
    const root = await completeProject();
    await writeFile(join(root, 'data/test/query/Q100001.mp4'), mp4().subarray(0, -1));
    const { byName } = await checked({}, {}, root);
    expect(byName.data).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/of which 1 is cut off \(Q100001: 1 bytes short\)$/),
      remedies: like(/run "vsc data-subset" again\.$/),
    });
  });

  it('names videos of the download that are missing or broken', async () => {
    const ids = Array.from({ length: 9 }, (_, index) => `Q10000${index + 1}`);
    const rows = ids.map((id) => `${id},10\n`).join('');
    const videos = ids.slice(0, 5).map((id) => [`competition_data/test/query/${id}.mp4`, mp4()]);
    const root = await folderWith({
      'competition_data/test/query_metadata.csv': `video_id,duration_sec\n${rows}`,
      'competition_data/test/reference_metadata.csv': csv('R100001'),
      'competition_data/test/reference/R100001.mp4': mp4({ seconds: 2 }),
      ...Object.fromEntries(videos),
      'competition_data/test/query/Q100002.mp4': 'Not Found',
    });
    const { byName } = await checked({}, {}, root);
    expect(byName['competition-data']).toEqual({
      status: 'warning',
      detail: [
        `${root}/competition_data/test:`,
        '4 of 9 query videos are missing (Q100006, Q100007, Q100008, …)',
        'of 5 query videos 1 is not in the MP4 format (Q100002: begins with "Not Found")',
        'of 1 reference videos 1 is shorter than the metadata say (R100001: 2.00 s of 10.0 s)',
      ].join('\n'),
      remedies: ['Fetch these videos again, or take the subset without them.'],
    });
  });

  it('fails a download with malformed metadata', async () => {
    const root = await completeProject();
    await rm(join(root, 'data'), { recursive: true });
    await writeFile(join(root, 'competition_data/test/query_metadata.csv'), 'video_id\nQ1\n');
    expect((await checked({}, {}, root)).byName['competition-data']).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('no column duration_sec'),
    });
  });

  it('warns of the slim image and of another processor', async () => {
    const { byName } = await checked(
      engineOf({ images: { [slim]: {} }, setup: { architecture: 'arm64' } }),
    );
    expect(byName.image).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/PyTorch/),
    });
    expect(byName.engine).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/arm64.*emulated/),
    });
  });

  it('says when the local image is older than runtime/, and the command', async () => {
    const roots = [await folderWith({ 'runtime/Dockerfile.slim': '' })];
    const labels = { 'vsc.runtime.contract': '1', 'vsc.runtime.digest': 'another' };
    const { byName } = await checked(engineOf({ images: { [slim]: { labels } } }), {
      image: { cpuOrGpu: 'cpu', registryImage: official, roots },
    });
    expect(byName.image).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/PyTorch.*; it is older than/),
      remedies: ['Build it anew: vsc build --slim', 'For the full one: vsc pull, or vsc build.'],
    });
  });

  it('says what the GPU lacks only if it is asked for', async () => {
    const gpu = { cpuOrGpu: 'gpu', source: '--gpu', skipGpu: false } as const;
    expect((await checked({}, { gpu })).byName.gpu).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/NVIDIA runtime/),
      remedies: like(/CPU_OR_GPU=cpu/, /SKIP_GPU=true/, /Toolkit/),
    });
    const skipped = await checked({}, { gpu: { ...gpu, skipGpu: true } });
    expect(skipped.byName.gpu).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/SKIP_GPU/),
    });
  });

  it('weighs the disks', async () => {
    const little: FreeSpace = async (folder) => (folder.includes('query') ? undefined : 10e9);
    const without = await checked({ ...engineOf(), freeSpace: little });
    expect(without.byName['image-disk']).toMatchObject({
      status: 'failed',
      detail: '10 GB free at /var/lib/docker, too little for the full image',
      remedies: like(/docker system df/, /vsc build --slim/),
    });
    expect(without.byName['data-disk']).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/79 GB.*163 GB/),
      remedies: like(/symlink to it at .*competition_data\/test\.$/),
    });
    const withImage = await checked({ freeSpace: little });
    expect(withImage.byName['image-disk']).toMatchObject({
      status: 'ok',
      detail: '10 GB free at /var/lib/docker; the image is there',
    });
    const withSlim = await checked({ ...engineOf({ images: { [slim]: {} } }), freeSpace: little });
    expect(withSlim.byName['image-disk']).toMatchObject({
      status: 'warning',
      remedies: like(/docker system df/),
    });
    const far = engineOf({ info: { remote: true } });
    expect((await checked({ ...far, freeSpace: little })).byName['image-disk']).toMatchObject({
      status: 'ok',
      detail: "not visible from here: the engine's /var/lib/docker",
    });
    const untold = engineOf({ setup: { dataRoot: '' } });
    expect((await checked(untold)).byName['image-disk']).toMatchObject({
      status: 'ok',
      detail: "not visible from here: the engine's disk",
    });
  });

  it.each([
    ['test', 163e9, 'ok'],
    ['test', 162e9, 'warning'],
    ['train', 79e9, 'ok'],
    ['train', 78e9, 'warning'],
  ])('for the data of %s with %d bytes: %s', async (dataset, bytes, status) => {
    const freeSpace: FreeSpace = async (folder) => (folder.includes('query') ? undefined : bytes);
    expect((await checked({ freeSpace }, { dataset })).byName['data-disk']?.status).toBe(status);
  });

  it('needs no room for data that are there, and looks above a folder that is not', async () => {
    const there = await checked({ freeSpace: async () => 1 });
    expect(there.byName['data-disk']).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/competition_data\/test is there$/),
    });
    const freeSpace: FreeSpace = async (folder) => (folder === '/' ? 200e9 : undefined);
    const above = await checked({ freeSpace });
    expect(above.byName['data-disk']?.detail).toMatch(/^200 GB free at \/;/);
    const nowhere = await checked({ freeSpace: async () => undefined });
    expect(nowhere.byName['data-disk']?.detail).toMatch(/^0 B free at \/;/);
  });

  it('asks the system for the room, and takes what is not there for unknown', async () => {
    expect(await freeSpaceOnDisk(await folderWith())).toBeGreaterThan(1e6);
    expect(await freeSpaceOnDisk('/no/such/folder')).toBeUndefined();
    expect(await freeSpaceOnDisk('/etc/passwd/x')).toBeUndefined();
    await expect(freeSpaceOnDisk('a\0b')).rejects.toThrow(TypeError);
  });

  it('counts what failed', async () => {
    const { results } = await checked(engineOf(), {}, await folderWith());
    expect(failureOf(results)?.message).toBe('3 checks failed: image, competition-data, data.');
  });

  it('knows a Node that is too old, and a file where submission/ should be', async () => {
    const root = await folderWith({ submission: 'a file' });
    const { byName } = await checked({ nodeVersion: 'v18.20.0' }, {}, root);
    expect(byName.node).toMatchObject({ status: 'failed', remedies: like(/Node 24/) });
    expect(byName.submission).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/is a file/),
    });
  });
});

it('knows what is in the way of the results of a run', async () => {
  const root = await folderWith({ 'submission/log.txt/x': '', 'submission/report.html/x': '' });
  const { byName } = await checked({}, {}, root);
  expect(byName.submission).toMatchObject({
    status: 'failed',
    detail: expect.stringMatching(/log\.txt is a folder,[^\n]*\n[^\n]*report\.html is a folder,/),
    remedies: ['Move them away.'],
  });
});

describe('renderResults', () => {
  const results = [
    { name: 'node', status: 'ok', detail: 'v20', remedies: [] },
    { name: 'engine', status: 'failed', detail: 'gone:\n  x', remedies: ['Start it.'] },
    { name: 'disk', status: 'warning', detail: 'little', remedies: [] },
  ] as const;

  it('aligns, with marks for any terminal', () => {
    expect(renderResults(results, true)).toBe(
      '✓ node    v20\n✗ engine  gone:\n            x\n          → Start it.\n! disk    little',
    );
    expect(renderResults(results, false)).toBe(
      'ok   node    v20\nFAIL engine  gone:\n               x\n             -> Start it.\nwarn disk    little',
    );
  });
});
