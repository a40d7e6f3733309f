import type { EngineSetup } from '../engine/port.ts';

/** What to know where the engine's processor is another than the images', or undefined. */
export function emulationNote(setup: Pick<EngineSetup, 'architecture'>): string | undefined {
  const { architecture } = setup;
  if (architecture === 'amd64' || architecture === '') return undefined;
  return `The engine runs on ${architecture}, the images are for linux/amd64: they run emulated, and timings say nothing about the official ones.`;
}
