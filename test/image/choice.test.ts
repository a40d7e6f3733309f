import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../src/errors.ts';
import {
  chooseImage,
  describeChoice,
  findImageChoice,
  type ImageOptions,
} from '../../src/image/choice.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { matchingTrack } from '../../src/tracks/matching.ts';
import { engineWith } from '../support/fake-engine.ts';

const official = 'metavsc.azurecr.io/meta-vsc-descriptor-runtime:cpu-latest';
const local = 'meta-vsc-descriptor-runtime:cpu-local';
const gpu = 'meta-vsc-descriptor-runtime:gpu-local';
const torch = 'meta-vsc-descriptor-runtime:slim-torch-local';
const slim = 'meta-vsc-descriptor-runtime:slim-local';

const choose = (present: string[], options: Partial<ImageOptions> = {}) =>
  chooseImage(engineWith(Object.fromEntries(present.map((name) => [name, {}]))), descriptorTrack, {
    cpuOrGpu: 'cpu',
    registryImage: official,
    roots: [],
    ...options,
  });

describe('the image to run', () => {
  it.each([
    [[slim, official, local, gpu], local, 'local'],
    [[slim, official, gpu], official, 'official'],
    [[slim, torch, gpu], torch, 'slim'],
    [[slim, gpu], slim, 'slim'],
  ])('of %j is %s', async (present, name, kind) => {
    const choice = await choose(present);
    expect(choice).toMatchObject({ name, kind });
    expect(describeChoice(choice)).toMatch(
      new RegExp(`^Image: \\S+ \\(${kind} image(,|\\)| with PyTorch,)`),
    );
  });

  it('is the gpu one where the GPU is to be used', async () => {
    expect((await choose([slim, local, gpu], { cpuOrGpu: 'gpu' })).name).toBe(gpu);
  });

  it('is the one that the user names, whatever else there is', async () => {
    const named = { image: 'mine:1', source: 'SUBMISSION_IMAGE' };
    const choice = await choose([local, 'mine:1'], { named });
    expect(describeChoice(choice)).toBe('Image: mine:1 (from SUBMISSION_IMAGE)');
  });

  it('says where a name that leads nowhere came from', async () => {
    const named = { image: 'mine:1', source: '--image' };
    const error = await choose([local], { named }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect((error as EnvironmentError).message).toBe('There is no image mine:1 (from --image).');
    const next = (error as EnvironmentError).next.join('\n');
    expect(next).toContain('docker pull mine:1');
    expect(next).toContain('leave --image out');
  });

  it('says what the slim one lacks', async () => {
    expect(describeChoice(await choose([slim]))).toBe(
      `Image: ${slim} (slim image, as there is neither a local nor an official one; no PyTorch, and Debian's package versions instead of the pinned ones)`,
    );
    expect(describeChoice(await choose([torch]))).toBe(
      `Image: ${torch} (slim image with PyTorch, as there is neither a local nor an official one; Debian's package versions instead of the pinned ones)`,
    );
  });

  it.each([
    ['descriptor', descriptorTrack, matchingTrack],
    ['matching', matchingTrack, descriptorTrack],
  ])(
    'of the %s track may be one that was built for the other, if it knows both',
    async (_, track, other) => {
      const named = (repository: string) => `${repository}:slim-local`;
      const [own, others] = [named(track.localRepository), named(other.localRepository)];
      const both = {
        labels: { 'vsc.runtime.contract': '1', 'vsc.runtime.tracks': 'descriptor matching' },
      };
      const chosen = (images: Parameters<typeof engineWith>[0]) =>
        findImageChoice(engineWith(images), track, {
          cpuOrGpu: 'cpu',
          registryImage: official,
          roots: [],
        });
      expect((await chosen({ [others]: both }))?.name).toBe(others);
      expect((await chosen({ [others]: both, [own]: both }))?.name).toBe(own);
      expect(
        await chosen({
          [others]: { labels: { ...both.labels, 'vsc.runtime.tracks': other.name } },
        }),
      ).toBeUndefined();
    },
  );

  it('is not an older one of ours, which knows the first track alone', async () => {
    const older = { labels: { 'vsc.runtime.contract': '1' } };
    const engine = engineWith({ [slim]: older, 'mine:1': older, 'theirs:1': {} });
    const options = { cpuOrGpu: 'cpu', registryImage: official, roots: [] } as const;
    const asked = (track: typeof matchingTrack, image?: string) =>
      findImageChoice(engine, track, {
        ...options,
        ...(image && { named: { image, source: '--image' } }),
      });
    expect(await asked(matchingTrack)).toBeUndefined();
    expect((await asked(descriptorTrack))?.name).toBe(slim);
    await expect(asked(matchingTrack, 'mine:1')).rejects.toThrow(
      'mine:1 (from --image) does not know the matching track',
    );
    expect((await asked(matchingTrack, 'theirs:1'))?.name).toBe('theirs:1');
  });

  it('is an error that names both ways to one where there is none', async () => {
    const error = await choose([]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect((error as EnvironmentError).message).toContain('no image to run the submission in');
    expect((error as EnvironmentError).next.join('\n')).toMatch(/vsc pull[\s\S]*vsc build --slim/);
  });
});
