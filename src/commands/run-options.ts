import type { ImageOptions } from '../image/choice.ts';
import type { RunOptions } from '../rehearsal/prepare.ts';
import type { Settings } from '../settings/settings.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import type { CommandHost } from './host.ts';

/** The image that the settings ask for. */
export function imageOptions(settings: Settings): ImageOptions {
  const { value: named, source } = settings.submissionImage;
  return {
    cpuOrGpu: settings.cpuOrGpu.value,
    registryImage: settings.registryImage.value,
    ...(named !== undefined && { named: { image: named, source } }),
  };
}

/** What the settings say of any container that gets the data. */
export function runOptions(host: CommandHost, settings: Settings): RunOptions {
  return {
    project: host.project(),
    track: descriptorTrack,
    dataset: settings.dataset.value,
    image: imageOptions(settings),
    skipGpu: settings.skipGpu.value,
    blockInternet: settings.blockInternet.value,
  };
}
