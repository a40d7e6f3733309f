import type { ContainerEngine, Image } from '../../src/engine/port.ts';

/** An engine with these images and nothing else; what a test does not expect to be called throws. */
export function engineWith(images: Readonly<Record<string, Partial<Image>>>): ContainerEngine {
  const unexpected = () => {
    throw new Error('not expected to be called');
  };
  return {
    info: unexpected,
    listImages: unexpected,
    build: unexpected,
    run: unexpected,
    interact: unexpected,
    listContainers: unexpected,
    removeContainer: unexpected,
    findImage: async (name) => {
      const image = images[name];
      if (image === undefined) return undefined;
      return { id: `sha256:${name}`, tags: [name], digests: [], bytes: 1, labels: {}, ...image };
    },
  };
}
