import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import dockerIgnoreModule from '@balena/dockerignore';
import { create } from 'tar';
import { EnvironmentError, systemCode } from '../errors.ts';

const { default: dockerIgnore } = dockerIgnoreModule;

/**
 * The folder as the tar that an engine builds from, without what its `.dockerignore` leaves out.
 * Owners and times of this machine stay out, so that they don't cost the engine's cache.
 */
export async function packContext(folder: string): Promise<Readable> {
  const ignore = dockerIgnore({ ignorecase: false }).add(await readIgnoreFile(folder));
  const pack = create(
    {
      cwd: folder,
      gzip: { level: 1 },
      portable: true,
      filter: (path) => path === '.' || !ignore.ignores(path.replace(/^\.\//, '')),
    },
    ['.'],
  );
  return Readable.from(pack as AsyncIterable<Buffer>, { objectMode: false });
}

async function readIgnoreFile(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, '.dockerignore'), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw new EnvironmentError(`${folder} can't be read: ${(error as Error).message}.`, [], {
      cause: error,
    });
  }
}
