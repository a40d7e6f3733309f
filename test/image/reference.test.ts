import { describe, expect, it } from 'vitest';
import { digestsIn, referenceOf } from '../../src/image/reference.ts';

describe('the name of an image', () => {
  it.each([
    ['debian', 'docker.io', 'library/debian', 'latest', undefined],
    ['debian:12', 'docker.io', 'library/debian', '12', undefined],
    ['docker.io/library/debian:12', 'docker.io', 'library/debian', '12', undefined],
    ['me/it', 'docker.io', 'me/it', 'latest', undefined],
    ['localhost:5000/it', 'localhost:5000', 'it', 'latest', undefined],
    ['a.io/b/c:d', 'a.io', 'b/c', 'd', undefined],
    ['a.io/b/c@sha256:e', 'a.io', 'b/c', 'latest', 'sha256:e'],
    ['a.io:1/b:d@sha256:e', 'a.io:1', 'b', 'd', 'sha256:e'],
  ])('%s says where it is', (name, registry, repository, tag, digest) => {
    const pinned = digest === undefined ? {} : { digest };
    expect(referenceOf(name)).toEqual({ registry, repository, tag, ...pinned });
  });

  it('has the digests of its own repository', () => {
    const digests = ['a.io/b@sha256:1', 'a.io/c@sha256:2', 'docker.io/library/debian@sha256:3'];
    expect(digestsIn('a.io/b:x', { digests })).toEqual(['sha256:1']);
    expect(digestsIn('debian', { digests })).toEqual(['sha256:3']);
    expect(digestsIn('a.io/b/c', { digests })).toEqual([]);
  });
});
