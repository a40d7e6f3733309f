import { describe, expect, it } from 'vitest';
import type { BuildRequest, ContainerEngine, Image, RunPlan } from '../../src/engine/port.ts';
import { TestsFailed } from '../../src/errors.ts';
import {
  type LocalImageOptions,
  preparePackageTests,
  runPackageTests,
} from '../../src/image/package-tests.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { folderWith } from '../support/folder.ts';
import { quiet, recorder } from '../support/recorder.ts';

const repository = descriptorTrack.localRepository;

/** An engine with these images, whose containers exit with `exitCode`. */
function engineWith(tags: readonly string[], exitCode = 0) {
  const built: BuildRequest[] = [];
  const ran: RunPlan[] = [];
  const image = (tag: string): Image => ({
    id: `id of ${tag}`,
    tags: [tag],
    digests: [],
    bytes: 1,
    labels: {},
  });
  const engine: Pick<ContainerEngine, 'info' | 'findImage' | 'build' | 'run'> = {
    info: async () => ({ endpoint: '', version: '', apiVersion: '', product: '', remote: false }),
    findImage: async (name) => (tags.includes(name) ? image(name) : undefined),
    build: async (request) => {
      built.push(request);
      return image(request.tag);
    },
    run: async (plan) => {
      ran.push(plan);
      return { exitCode, outOfMemory: exitCode === 137, seconds: 1 };
    },
  };
  return { engine: engine as ContainerEngine, built, ran };
}

async function testing(fake: ReturnType<typeof engineWith>, image: LocalImageOptions) {
  const root = await folderWith({ 'runtime/Dockerfile': '' });
  const { reporter, events } = recorder();
  const tools = { engine: fake.engine, reporter, signal: quiet };
  const request = {
    track: descriptorTrack,
    image,
    root,
    roots: [root],
    skipGpu: false,
    labels: { a: 'b' },
  };
  const prepared = await preparePackageTests(request, tools);
  await runPackageTests(request, prepared, tools);
  return { plan: fake.ran[0], built: fake.built, said: JSON.stringify(events) };
}

describe('which image is tested', () => {
  it('builds the one there is none of, and tests what came out', async () => {
    const { plan, built } = await testing(engineWith([]), { variant: 'cpu', asked: false });
    expect(built).toMatchObject([
      { tag: `${repository}:cpu-local`, arguments: { CPU_OR_GPU: 'cpu' } },
    ]);
    expect(plan).toMatchObject({
      image: `id of ${repository}:cpu-local`,
      gpus: 'none',
      mounts: [],
    });
  });

  it('builds nothing where it is there, and gives the gpu image the GPUs', async () => {
    const fake = engineWith([`${repository}:gpu-local`, `${repository}:slim-local`]);
    const { plan, built, said } = await testing(fake, { variant: 'gpu', asked: false });
    expect(built).toEqual([]);
    expect(plan).toMatchObject({ gpus: 'all', environment: { SKIP_GPU: 'false' } });
    expect(said).not.toContain('slim');
  });

  it('takes the slim one where only that was built, and says so', async () => {
    const fake = engineWith([`${repository}:slim-local`]);
    const { plan, built, said } = await testing(fake, { variant: 'gpu', asked: false });
    expect(built).toEqual([]);
    expect(plan).toMatchObject({ image: `id of ${repository}:slim-local`, gpus: 'none' });
    expect(said).toContain('vsc test-container --gpu');
  });

  it('builds the full one where it was asked for', async () => {
    const fake = engineWith([`${repository}:slim-local`]);
    expect((await testing(fake, { variant: 'cpu', asked: true })).built).toHaveLength(1);
  });
});

it.each([
  [1, 'pytest exited with 1'],
  [137, 'it ran out of memory'],
])('fails with exit code %i', async (exitCode, why) => {
  const fake = engineWith([`${repository}:cpu-local`], exitCode);
  const failure = testing(fake, { variant: 'cpu', asked: true });
  await expect(failure).rejects.toThrow(TestsFailed);
  await expect(failure).rejects.toThrow(why);
});
