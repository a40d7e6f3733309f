import type {
  ContainerEngine,
  EngineSetup,
  Image,
  LayerProgress,
  RegistryLogin,
} from '../engine/port.ts';
import type { Reporter, VscEvent } from '../progress/events.ts';
import { digestsIn } from './reference.ts';

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
  return digestsIn(name, image)[0] ?? image.digests[0]?.split('@')[1];
}

interface Layer {
  readonly state: LayerProgress['state'];
  /** Bytes downloaded so far. */
  readonly downloaded: number;
  readonly total: number | undefined;
}

const isFinished = ({ state }: Layer) => state === 'done' || state === 'present';
const isFetched = (layer: Layer) =>
  isFinished(layer) || layer.state === 'downloaded' || layer.state === 'extracting';

/**
 * Turns what the engine tells of layers into a progress for each and one for all. The sum is known
 * once every layer has begun to download; until then the whole counts without one, since a share of
 * a sum that still grows would run backwards.
 */
export function pullProgress(report: (event: VscEvent) => void) {
  const layers = new Map<string, Layer>();
  let warned = false;
  /** The last sum, so that it is not reported again when it has not changed. */
  let told = '';

  const reportAll = (done: boolean) => {
    const all = [...layers.values()];
    const count = all.filter(isFinished).length;
    const needed = all.filter(({ state }) => state !== 'present');
    const bytes = needed.reduce((sum, { downloaded }) => sum + downloaded, 0);
    const known = needed.every((layer) => layer.total !== undefined || isFetched(layer));
    const total = needed.reduce((sum, layer) => sum + (layer.total ?? layer.downloaded), 0);
    const now = [count, all.length, bytes, known, done].join();
    if (now === told) return;
    told = now;
    const sum = { type: 'progress', id: 'pull', done } as const;
    if (bytes === 0) {
      // Nothing has come yet, or the engine (Podman) tells no sizes.
      report({ ...sum, label: 'pulled', completed: count, total: all.length, unit: 'layers' });
    } else {
      const label = `${count} of ${all.length} layers`;
      const whole = known || done ? { total } : {};
      report({ ...sum, label, completed: bytes, ...whole, unit: 'bytes' });
    }
  };

  return {
    /** Takes what the engine says of a layer. */
    layer(progress: LayerProgress): void {
      const { layer: id, state } = progress;
      const before = layers.get(id);
      // Podman ends with the image itself, in the form of a layer.
      if (before === undefined && state === 'downloaded') return;
      if (state === 'retrying' && !warned) {
        warned = true;
        const message = `The download of layer ${id} broke off; the engine tries again for a while.`;
        report({ type: 'warning', message });
      }
      const now = after(before, progress);
      layers.set(id, now);
      if (state !== 'present') {
        const completed = state === 'extracting' ? progress.completed : now.downloaded;
        report({
          type: 'progress',
          id,
          part: true,
          label: `${id} ${state === 'retrying' ? 'trying anew' : state}`,
          completed: completed ?? 0,
          ...(now.total !== undefined && { total: now.total }),
          unit: 'bytes',
          done: isFinished(now),
        });
      }
      reportAll(false);
    },
    /** Ends the whole; layers that the engine said no last word about are done as well. */
    end(): void {
      for (const [id, layer] of layers) {
        if (!isFinished(layer)) layers.set(id, { ...layer, state: 'done' });
      }
      if (layers.size > 0) reportAll(true);
    },
  };
}

function after(before: Layer | undefined, progress: LayerProgress): Layer {
  const { state, completed, total = before?.total } = progress;
  const downloaded = before?.downloaded ?? 0;
  if (state === 'downloading') return { state, downloaded: completed ?? downloaded, total };
  if (state === 'retrying') return { state, downloaded: 0, total };
  const layer = { state, downloaded, total };
  return isFetched(layer) ? { ...layer, downloaded: total ?? downloaded } : layer;
}

/** What to know where the engine's processor is another than the images', or undefined. */
export function emulationNote(setup: Pick<EngineSetup, 'architecture'>): string | undefined {
  const { architecture } = setup;
  if (architecture === 'amd64' || architecture === '') return undefined;
  return `The engine runs on ${architecture}, the images are for linux/amd64: they run emulated, and timings say nothing about the official ones.`;
}
