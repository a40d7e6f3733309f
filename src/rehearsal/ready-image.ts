import { removeStaleContainers } from '../engine/container-labels.ts';
import { EnvironmentError } from '../errors.ts';
import { warnOfStaleImage } from '../image/build.ts';
import { chooseImage, describeChoice, type ImageChoice } from '../image/choice.ts';
import type { Needs, Scheduler } from '../scheduler/port.ts';
import { requireUsableGpu, wantsGpus } from './prepare.ts';
import type { RehearsalRequest, RehearsalWorld, RunOptions } from './prepared.ts';

/**
 * The image that many containers are to be made from, here or elsewhere. What killed runs of the project left on
 * this machine is removed before.
 * @param scheduler where: this machine's GPUs are looked at for what runs on it, others' when one is there
 * @throws EnvironmentError where there is none, or it can't be used
 */
export async function readyImage(
  request: RunOptions & Pick<RehearsalRequest, 'gpuAsked'> & { readonly needs: Needs },
  world: Omit<RehearsalWorld, 'versions' | 'home'>,
  scheduler: Pick<Scheduler, 'name' | 'outlives'>,
): Promise<ImageChoice> {
  const { project, track, image } = request;
  const { reporter, owner, isAlive } = world;
  const engine = await world.engine();
  const choice = await chooseImage(engine, track, image);
  reporter.report({ type: 'note', message: describeChoice(choice) });
  await warnOfStaleImage(choice, track, image.roots, reporter);
  if (!scheduler.outlives) await requireUsableGpu({ request, choice }, world);
  else requireAskedGpu(request, choice, scheduler);
  await removeStaleContainers(engine, { ...owner, root: project.root, isAlive }, reporter);
  return choice;
}

/** A task that asks for no GPU gets none. */
function requireAskedGpu(
  request: RunOptions & { readonly needs: Needs },
  choice: ImageChoice,
  { name }: Pick<Scheduler, 'name'>,
): void {
  if (!wantsGpus(request, choice) || request.needs.gpus > 0) return;
  throw new EnvironmentError(`It is to run with the GPU, and asks ${name} for none.`, [
    'To ask for one: --gpus 1. To run on the CPU: CPU_OR_GPU=cpu.',
  ]);
}
