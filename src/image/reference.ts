import type { Image } from '../engine/port.ts';
import { registryOf } from '../engine/pull.ts';

/** What an image's name says of where it comes from. */
export interface Reference {
  /** `metavsc.azurecr.io`; `docker.io` where the name has none. */
  readonly registry: string;
  /** As the registry knows it: `library/debian` for `debian`. */
  readonly repository: string;
  /** `latest` where the name says neither. */
  readonly tag: string;
  /** `sha256:…` of a name that means one image for ever. */
  readonly digest?: string;
}

/** Takes a name apart: `[registry/]repository[:tag][@digest]`. */
export function referenceOf(name: string): Reference {
  const registry = registryOf(name);
  const rest = name.startsWith(`${registry}/`) ? name.slice(registry.length + 1) : name;
  const [path = '', digest] = rest.split('@');
  const [, place = path, tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(path) ?? [];
  const isOfficial = registry === 'docker.io' && !place.includes('/');
  const repository = isOfficial ? `library/${place}` : place;
  return { registry, repository, tag, ...(digest !== undefined && { digest }) };
}

/** The digests by which the repository that `name` is in knows an image: none of one that was built or loaded. */
export function digestsIn(name: string, { digests }: Pick<Image, 'digests'>): readonly string[] {
  const { registry, repository } = referenceOf(name);
  return digests.flatMap((each) => {
    const known = referenceOf(each);
    const isThere = known.registry === registry && known.repository === repository;
    return isThere && known.digest !== undefined ? known.digest : [];
  });
}
