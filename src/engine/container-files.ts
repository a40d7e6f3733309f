import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import type { ContainerFiles } from './port.ts';
import { daemonFailure } from './translate.ts';

/** What an engine says of a symlink that leads to itself. */
const leadsNowhere = /too many (links|levels of symbolic links)/i;

/** The archive calls of the engine, which reach a container's files and its mounts. */
export function containerFiles(container: Dockerode.Container): ContainerFiles {
  return {
    async stat(path) {
      const response = await orUndefined(() => container.infoArchive({ path }));
      if (response === undefined) return undefined;
      const { headers } = (response as unknown as IncomingMessage).resume();
      const text = String(headers['x-docker-container-path-stat'] ?? '');
      const facts = JSON.parse(Buffer.from(text, 'base64').toString());
      return { bytes: facts.size, modified: Date.parse(facts.mtime) };
    },
    async put(folder, tar) {
      await container.putArchive(tar, { path: folder });
    },
    async get(path) {
      return orUndefined(async () => (await container.getArchive({ path })) as unknown as Readable);
    },
  };
}

async function orUndefined<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    const { status, message } = daemonFailure(error);
    if (status === 404 || leadsNowhere.test(message)) return undefined;
    throw error;
  }
}
