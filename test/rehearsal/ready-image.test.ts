import { expect, it } from 'vitest';
import { projectAt } from '../../src/project.ts';
import { readyImage } from '../../src/rehearsal/ready-image.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { fakeEngine } from '../support/fake-engine.ts';
import { quiet, recorder } from '../support/recorder.ts';

const slurm = { name: 'Slurm', outlives: true };

/** What comes of a run with the GPU image whose tasks ask for so many GPUs. */
const ready = (gpus: number) => {
  const engine = { ...fakeEngine({ images: { mine: {} } }), listContainers: async () => [] };
  const request = {
    project: projectAt('/nowhere'),
    track: descriptorTrack,
    dataset: 'test',
    image: {
      named: { image: 'mine', source: '--image' },
      cpuOrGpu: 'gpu',
      registryImage: 'r',
      roots: [],
    },
    skipGpu: false,
    blockInternet: false,
    gpuAsked: true,
    needs: { cores: 1, gpus },
  } as const;
  const world = {
    engine: async () => engine,
    reporter: recorder().reporter,
    signal: quiet,
    owner: { pid: 1, hostname: 'here', started: 1 },
    isAlive: () => true,
    nvidiaSmi: async () => undefined,
  };
  return readyImage(request, world, slurm);
};

it('leaves the GPUs of other machines to them, but has them asked for', async () => {
  expect(await ready(1)).toMatchObject({ name: 'mine' });
  await expect(ready(0)).rejects.toMatchObject({
    message: 'It is to run with the GPU, and asks Slurm for none.',
    next: ['To ask for one: --gpus 1. To run on the CPU: CPU_OR_GPU=cpu.'],
  });
});
