import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { ContainerFiles } from '../engine/port.ts';
import { EnvironmentError } from '../errors.ts';
import { localDisk } from '../files.ts';
import { formatBytes } from '../progress/format.ts';
import { shownName } from '../progress/visible.ts';

/** The paths of sample data, with `/`. */
const shape = /^(train|test)(\/(query|reference)(\/[QR]\d{6}\.mp4)?|\/\w+\.csv)?$/;

/**
 * Takes the sample data out of a container into a folder that is there.
 * @param path of the folder in the container
 * @returns the size of each file, by its path in the folder
 * @throws EnvironmentError where the image made something else, more than `maxBytes`, or the disk is full
 */
export async function takeSamples(
  files: ContainerFiles,
  path: string,
  folder: string,
  maxBytes: number,
): Promise<Record<string, number>> {
  const tar = await files.get(path);
  if (tar === undefined) throw unfit(`there is no ${path}`);
  const entries = extract();
  tar.on('error', (error) => entries.destroy(error));
  const taken: Record<string, number> = {};
  let bytes = 0;
  try {
    for await (const entry of tar.pipe(entries)) {
      const { name, type, size = 0 } = entry.header;
      const inside = name.split('/').slice(1).join('/').replace(/\/$/, '');
      const target = join(folder, inside);
      if (inside !== '' && !shape.test(inside)) throw unfit(shownName(inside));
      if (type === 'directory') {
        await localDisk(`make ${target}`, () => mkdir(target, { recursive: true }));
        entry.resume();
        continue;
      }
      if (type !== 'file') throw unfit(`${shownName(inside)} is a ${type}`);
      bytes += size;
      if (bytes > maxBytes) throw unfit(`more than ${formatBytes(maxBytes)}`);
      const out = () => createWriteStream(target, { flags: 'wx' });
      await localDisk(`write ${target}`, () => pipeline(entry as unknown as Readable, out()));
      taken[inside] = size;
    }
    return taken;
  } finally {
    tar.destroy();
  }
}

function unfit(what: string): EnvironmentError {
  return new EnvironmentError(`The image did not make sample data: ${what}.`, [
    'vsc build --slim   builds the image that does',
  ]);
}
