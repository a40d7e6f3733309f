import type {
  ContainerEngine,
  EngineSetup,
  Image,
  LayerProgress,
  RegistryLogin,
} from '../engine/port.ts';
import type { Reporter, VscEvent } from '../progress/events.ts';

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

interface Layer {
  readonly state: LayerProgress['state'];
  /** Bytes downloaded so far. */
  readonly downloaded: number;
  readonly total: number | undefined;
}

/** What is shown of each state. */
const words: Readonly<Record<LayerProgress['state'], string>> = {
  waiting: 'waiting',
  downloading: 'downloading',
  downloaded: 'downloaded',
  extracting: 'extracting',
  done: 'done',
  present: 'present',
  retrying: 'trying anew',
};

const finished = (layer: Layer) => layer.state === 'done' || layer.state === 'present';
const fetched = (layer: Layer) =>
  finished(layer) || layer.state === 'downloaded' || layer.state === 'extracting';

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
    const count = all.filter(finished).length;
    const needed = all.filter((layer) => layer.state !== 'present');
    const bytes = needed.reduce((sum, layer) => sum + layer.downloaded, 0);
    const known = needed.every((layer) => layer.total !== undefined || fetched(layer));
    const total = needed.reduce((sum, layer) => sum + (layer.total ?? layer.downloaded), 0);
    const now = [count, all.length, bytes, known, done].join();
    if (now === told) return;
    told = now;
    const sum = { type: 'progress', id: 'pull', done } as const;
    if (bytes === 0) {
      // Nothing has come yet, or the engine (Podman) tells no sizes.
      report({ ...sum, label: 'pulled', completed: count, total: all.length, unit: 'layers' });
      return;
    }
    const label = `${count} of ${all.length} layers`;
    const whole = known || done ? { total } : {};
    report({ ...sum, label, completed: bytes, ...whole, unit: 'bytes' });
  };

  return {
    /** Takes what the engine says of a layer. */
    layer(progress: LayerProgress): void {
      const before = layers.get(progress.layer);
      // Podman ends with the image itself, in the form of a layer.
      if (before === undefined && progress.state === 'downloaded') return;
      if (progress.state === 'retrying' && !warned) {
        warned = true;
        const message = `The download of layer ${progress.layer} broke off; the engine tries again for a while.`;
        report({ type: 'warning', message });
      }
      const now = after(before, progress);
      layers.set(progress.layer, now);
      const completed = progress.state === 'extracting' ? progress.completed : now.downloaded;
      if (progress.state !== 'present') {
        report({
          type: 'progress',
          id: progress.layer,
          part: true,
          label: `${progress.layer} ${words[progress.state]}`,
          completed: completed ?? 0,
          ...(now.total !== undefined && { total: now.total }),
          unit: 'bytes',
          done: finished(now),
        });
      }
      reportAll(false);
    },
    /** Ends the whole; layers that the engine said no last word about are done as well. */
    end(): void {
      for (const [id, layer] of layers) {
        if (!finished(layer)) layers.set(id, { ...layer, state: 'done' });
      }
      if (layers.size > 0) reportAll(true);
    },
  };
}

function after(before: Layer | undefined, { state, completed, total }: LayerProgress): Layer {
  const known = total ?? before?.total;
  const downloaded = before?.downloaded ?? 0;
  if (state === 'downloading') return { state, downloaded: completed ?? downloaded, total: known };
  if (state === 'retrying') return { state, downloaded: 0, total: known };
  const layer = { state, downloaded, total: known };
  return fetched(layer) ? { ...layer, downloaded: known ?? downloaded } : layer;
}

/** What to know where the engine's processor is another than the images', or undefined. */
export function emulationNote(setup: Pick<EngineSetup, 'architecture'>): string | undefined {
  const { architecture } = setup;
  if (architecture === 'amd64' || architecture === '') return undefined;
  return `The engine runs on ${architecture}, the images are for linux/amd64: they run emulated, and timings say nothing about the official ones.`;
}
