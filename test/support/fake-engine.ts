import type { ContainerEngine, EngineInfo, EngineSetup, Image } from '../../src/engine/port.ts';

/** What a fake engine says of itself, and the images that it has, by name. */
export interface FakeEngine {
  readonly info?: Partial<EngineInfo>;
  readonly setup?: Partial<EngineSetup>;
  readonly images?: Readonly<Record<string, Partial<Image>>>;
}

/** An engine that answers questions; what changes anything is not expected to be called. */
export function fakeEngine({
  info = {},
  setup = {},
  images = {},
}: FakeEngine = {}): ContainerEngine {
  return {
    ...engineWith(images),
    info: async () => ({
      endpoint: 'unix:///var/run/docker.sock (default)',
      version: '27.0.0',
      apiVersion: '1.46',
      product: 'Docker',
      remote: false,
      ...info,
    }),
    setup: async () => ({
      architecture: 'amd64',
      os: 'linux',
      cores: 2,
      dataRoot: '/var/lib/docker',
      runtimes: ['runc'],
      defaultRuntime: 'runc',
      cdiFolders: [],
      cdiDevices: [],
      ...setup,
    }),
  };
}

/** An engine with these images and nothing else; what a test does not expect to be called throws. */
export function engineWith(images: Readonly<Record<string, Partial<Image>>>): ContainerEngine {
  const unexpected = () => {
    throw new Error('not expected to be called');
  };
  return {
    info: unexpected,
    listImages: unexpected,
    saveImage: unexpected,
    loadImages: unexpected,
    build: unexpected,
    run: unexpected,
    interact: unexpected,
    listContainers: unexpected,
    stopContainer: unexpected,
    removeContainer: unexpected,
    pull: unexpected,
    setup: unexpected,
    findImage: async (name) => {
      const image = images[name];
      if (image === undefined) return undefined;
      return { id: `sha256:${name}`, tags: [name], digests: [], bytes: 1e9, labels: {}, ...image };
    },
  };
}
