import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';

/** A file or folder of this machine and where it belongs in a container. */
export interface Input {
  readonly source: string;
  /** An absolute path. */
  readonly target: string;
  /** Never mounted but copied, into a folder that every user of the container may write to. */
  readonly ownFolder?: boolean;
}

/**
 * Inputs as one tar to be unpacked at `/`: theirs are the names and contents, but root owns them and
 * everyone may read them. Links count as what they point to.
 */
export function tarOfInputs(inputs: readonly Input[]): Readable {
  const tar = pack();
  const fill = async () => {
    for (const { source, target, ownFolder } of inputs) {
      const name = target.replace(/^\//, '');
      await addFolder(tar, join(name, '..'), ownFolder ? 0o777 : 0o755);
      await add(tar, source, name);
    }
    tar.finalize();
  };
  fill().catch((error: Error) => tar.destroy(error));
  return Readable.from(tar as unknown as AsyncIterable<Buffer>, { objectMode: false });
}

async function add(tar: Pack, source: string, name: string): Promise<void> {
  const stats = await stat(source);
  if (stats.isDirectory()) {
    await addFolder(tar, name, 0o755);
    for (const child of (await readdir(source)).sort()) {
      await add(tar, join(source, child), `${name}/${child}`);
    }
  } else if (stats.isFile()) {
    const entry = tar.entry({ name, size: stats.size, mode: 0o644, mtime: stats.mtime });
    await pipeline(createReadStream(source), entry);
  }
}

async function addFolder(tar: Pack, name: string, mode: number): Promise<void> {
  if (name === '.') return;
  await new Promise<void>((resolve, reject) => {
    tar.entry({ name: `${name}/`, type: 'directory', mode }, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}
