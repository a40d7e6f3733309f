import type { ContainerEngine, Image, RegistryLogin } from '../engine/port.ts';
import type { Reporter } from '../progress/events.ts';
import { emulationNote } from './emulation.ts';
import { pullProgress } from './pull-progress.ts';

/** What a pull works with. */
export interface PullTools {
  readonly engine: ContainerEngine;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Finds the login for a registry that wants one. */
  readonly findLogin: (registry: string) => Promise<RegistryLogin | undefined>;
}

/** An image that was pulled. */
export interface Pulled {
  readonly name: string;
  readonly image: Image;
  /** `sha256:…`, by which the registry knows it; undefined on engines that don't keep it. */
  readonly digest: string | undefined;
  /** Whether it was there already, just so. */
  readonly upToDate: boolean;
}

/**
 * Pulls an image, or what the engine still lacks of it, and reports a progress per layer and one
 * for all.
 * @throws RegistryUnreachable, ImageNotFound, AccessDenied, EngineDiskFull
 */
export async function pullImage(name: string, tools: PullTools): Promise<Pulled> {
  const { engine, reporter, signal } = tools;
  const note = emulationNote(await engine.setup());
  if (note !== undefined) reporter.report({ type: 'note', message: note });
  reporter.report({ type: 'step', message: `Pulling ${name}` });
  const before = await engine.findImage(name).catch(() => undefined); // the pull says what is wrong
  const progress = pullProgress((event) => reporter.report(event));
  const image = await engine.pull(name, {
    signal,
    onLayer: progress.layer,
    onWarning: (message) => reporter.report({ type: 'warning', message }),
    login: async (registry) => {
      const login = await tools.findLogin(registry);
      if (login !== undefined) {
        const message = `${registry} wants a login: using ${login.source}`;
        reporter.report({ type: 'note', message });
      }
      return login;
    },
  });
  progress.end();
  return { name, image, digest: digestOf(name, image), upToDate: before?.id === image.id };
}

/** The digest of the image in the repository that `name` is in. */
function digestOf(name: string, image: Image): string | undefined {
  const repository = name.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const digest = image.digests.find((it) => it.startsWith(`${repository}@`)) ?? image.digests[0];
  return digest?.split('@')[1];
}
