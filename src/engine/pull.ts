import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { AccessDenied } from './errors.ts';
import { type PullIO, platform, type RegistryLogin } from './port.ts';
import { registryOf, translatePullError } from './pull-errors.ts';
import { followPull } from './pull-stream.ts';

/** Pulls an image as anybody may, and where the registry wants a login, with one. */
export async function pullImage(
  docker: Dockerode,
  name: string,
  io: PullIO,
  endpoint: string,
): Promise<void> {
  const pullAs = async (login?: RegistryLogin) => {
    try {
      const stream = await docker.pull(name, {
        platform,
        abortSignal: io.signal,
        ...(login !== undefined && { authconfig: authConfig(login) }),
      });
      await followPull(stream as Readable, io);
    } catch (error) {
      io.signal.throwIfAborted();
      throw translatePullError(error, name, endpoint, login);
    }
  };
  try {
    await pullAs();
  } catch (error) {
    if (!(error instanceof AccessDenied)) throw error;
    const login = await io.login(registryOf(name));
    if (login === undefined) throw error;
    await pullAs(login);
  }
}

/** The engine's form of a login. */
function authConfig({ serverAddress, username, password, identityToken }: RegistryLogin) {
  return {
    serveraddress: serverAddress,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(identityToken !== undefined && { identitytoken: identityToken }),
  };
}
