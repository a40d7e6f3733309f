import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { SubmissionFailed } from '../errors.ts';
import { localDisk, moveTo, writeWhole } from '../files.ts';
import { formatBytes } from '../progress/format.ts';
import type { ContainerFiles } from './port.ts';

/** A file in a container that ran untrusted code. */
export interface Wanted {
  /** Absolute path in the container. */
  readonly path: string;
  /** More than this is refused before it is read. */
  readonly maxBytes: number;
}

/**
 * Takes a file out to `target`, where it appears whole; false where there is none. The path may have
 * become anything by then: only a regular file of an allowed size is taken, and of it the contents.
 * @throws SubmissionFailed that says what is there instead
 */
export async function takeFile(
  files: ContainerFiles,
  wanted: Wanted,
  target: string,
): Promise<boolean> {
  let taken = false;
  const fill = async (partial: string) => {
    taken = await take(files, wanted, (contents) => writeTo(partial, contents));
  };
  const place = async (partial: string) => {
    if (taken) await localDisk(`write ${target}`, () => moveTo(partial, target));
  };
  await writeWhole(target, fill, place);
  return taken;
}

async function writeTo(path: string, contents: Readable): Promise<void> {
  const write = <T>(call: () => Promise<T>) => localDisk(`write ${path}`, call);
  const file = await write(() => open(path, 'wx', 0o644));
  try {
    for await (const chunk of contents) await write(() => file.writeFile(chunk as Buffer));
    await write(() => file.sync());
  } finally {
    await file.close();
  }
}

/** Takes a text out; undefined where there is none. @throws as `takeFile` */
export async function takeText(files: ContainerFiles, wanted: Wanted): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  const taken = await take(files, wanted, async (contents) => {
    for await (const chunk of contents) chunks.push(chunk as Buffer);
  });
  return taken ? Buffer.concat(chunks).toString() : undefined;
}

async function take(
  files: ContainerFiles,
  wanted: Wanted,
  consume: (contents: Readable) => Promise<void>,
): Promise<boolean> {
  const tar = await files.get(wanted.path);
  if (tar === undefined) return false;
  const entries = extract();
  tar.on('error', (error) => entries.destroy(error));
  try {
    for await (const entry of tar.pipe(entries)) {
      refuse(entry.header, wanted);
      await consume(entry as unknown as Readable);
      return true;
    }
    return false;
  } finally {
    tar.destroy();
  }
}

function refuse(header: { type?: string | null; size?: number }, wanted: Wanted): void {
  const { type, size = 0 } = header;
  if (type !== 'file') {
    throw wrongOutput(`${wanted.path} is no regular file but a ${type ?? 'thing unknown'}.`);
  }
  if (size > wanted.maxBytes) {
    const allowed = formatBytes(wanted.maxBytes);
    throw wrongOutput(`${wanted.path} has ${formatBytes(size)}; allowed are ${allowed}.`);
  }
}

function wrongOutput(message: string): SubmissionFailed {
  return new SubmissionFailed(message, [], { reason: 'wrong-output' });
}
