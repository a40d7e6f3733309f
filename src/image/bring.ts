import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as v from 'valibot';
import type { ContainerEngine } from '../engine/port.ts';
import { EnvironmentError } from '../errors.ts';
import { isFile, localDisk, writeWhole } from '../files.ts';
import { openFile } from '../places.ts';

/** An image that a node is to have, as plain data. */
export const wantedImageSchema = v.object({
  /** `sha256:…` of the image's configuration: what is run is this and no other. */
  id: v.string(),
  name: v.string(),
  /** `name@sha256:…` in registries. */
  digests: v.array(v.string()),
  /** Where it is, or may come to be, as `docker save` writes it: on a file system that all nodes share. */
  archive: v.string(),
});

export type WantedImage = Readonly<v.InferOutput<typeof wantedImageSchema>>;

/** The image as all nodes are told of it; `folder` is where its archive would be. */
export function wantedImage(
  {
    name,
    image,
  }: { readonly name: string; readonly image: { id: string; digests: readonly string[] } },
  folder: string,
): WantedImage {
  const archive = join(folder, `${image.id.replace(/\W/g, '-')}.tar`);
  return { id: image.id, name, digests: [...image.digests], archive };
}

/**
 * Sees to it that an engine has an image: as it is there, from a registry, or from the archive.
 * @throws EnvironmentError that says where it was looked for
 */
export async function bringImage(
  engine: ContainerEngine,
  wanted: WantedImage,
  signal: AbortSignal,
): Promise<void> {
  const isThere = async () => (await engine.findImage(wanted.id)) !== undefined;
  if (await isThere()) return;
  const tried: string[] = [];
  for (const digest of wanted.digests) {
    try {
      await engine.pull(digest, {
        login: async () => undefined,
        onLayer() {},
        onWarning() {},
        signal,
      });
      if (await isThere()) return;
      tried.push(`${digest} is another image to this engine`);
    } catch (error) {
      signal.throwIfAborted();
      tried.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (await isFile(wanted.archive)) {
    const file = await openFile(wanted.archive);
    await engine.loadImages(file.createReadStream(), signal);
    if (await isThere()) return;
    tried.push(`${wanted.archive} holds another one`);
  }
  throw new ImageMissing(wanted, tried);
}

/** A node's engine has not the image, and has no way to it. */
export class ImageMissing extends EnvironmentError {
  static override readonly reason = 'image';

  constructor({ name, id, archive }: WantedImage, tried: readonly string[]) {
    super(`The engine has no image ${name} (${id}).`, [
      ...tried,
      `Load it into the node's engine, or save it where all nodes see it: docker save -o ${archive} ${id}`,
    ]);
  }
}

/** Saves an image where all nodes see it, unless it is there. */
export async function archiveImage(
  engine: ContainerEngine,
  { id, archive }: WantedImage,
  signal: AbortSignal,
): Promise<void> {
  if (await isFile(archive)) return;
  await localDisk(`make ${dirname(archive)}`, () => mkdir(dirname(archive), { recursive: true }));
  await localDisk(`write ${archive}`, () =>
    writeWhole(archive, async (partial) => {
      await pipeline(await engine.saveImage(id), createWriteStream(partial), { signal });
    }),
  );
}
