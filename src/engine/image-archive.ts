import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { EnvironmentError } from '../errors.ts';
import { jsonLines } from './streams.ts';

/** A tar of an image, in the form of `docker save`. */
export async function saveImage(docker: Dockerode, id: string): Promise<Readable> {
  return (await docker.getImage(id).get()) as Readable;
}

/**
 * Takes the images of such a tar (Docker Engine API, "ImageLoad").
 * @throws EnvironmentError in the engine's words; the signal's reason
 */
export async function loadImages(
  docker: Dockerode,
  tar: Readable,
  signal: AbortSignal,
): Promise<void> {
  const stop = () => tar.destroy(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const answer = (await docker.loadImage(tar, { quiet: true })) as Readable;
    for await (const { error } of jsonLines(answer)) {
      if (typeof error === 'string')
        throw new EnvironmentError(`The engine can't load it: ${error}`);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
