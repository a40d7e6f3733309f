import type { ContainerEngine, EngineInfo, EngineSetup, Image } from '../../src/engine/port.ts';

/** What a fake engine says of itself, and the images that it has, by name. */
export interface FakeEngine {
  readonly info?: Partial<EngineInfo>;
  readonly setup?: Partial<EngineSetup>;
  readonly images?: Readonly<Record<string, Partial<Image>>>;
}

/** An engine that answers questions and can do nothing. */
export function fakeEngine({
  info = {},
  setup = {},
  images = {},
}: FakeEngine = {}): ContainerEngine {
  const never = () => Promise.reject(new Error('the fake engine can only answer questions'));
  const all = Object.entries(images).map(([name, image]): [string, Image] => [
    name,
    { id: 'sha256:1234', tags: [name], digests: [], bytes: 1e9, labels: {}, ...image },
  ]);
  return {
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
      dataRoot: '/var/lib/docker',
      runtimes: ['runc'],
      defaultRuntime: 'runc',
      cdiFolders: [],
      cdiDevices: [],
      ...setup,
    }),
    findImage: async (name) => new Map(all).get(name),
    listImages: async () => all.map(([, image]) => image),
    build: never,
    run: never,
    pull: never,
    listContainers: never,
    removeContainer: never,
  };
}
