import type { ImageNames } from '../image/choice.ts';
import type { Templates } from './track.ts';

/** The competition, in words. */
export const competition = 'the Meta Video Similarity Challenge';

/** The tracks of the competition, as settings and images name them; the first is the default. */
export const trackNames = ['descriptor', 'matching'] as const;

export type TrackName = (typeof trackNames)[number];

/** Where the templates of each track are in the package: a folder of folders. */
const templateRoots: Readonly<Record<TrackName, string>> = { descriptor: '', matching: 'matching' };

/** Where the track's templates are, and those of the others, which its own are not to be taken for. */
export function rootsOf(name: TrackName): Pick<Templates, 'root' | 'otherRoots'> {
  const others = trackNames.filter((other) => other !== name);
  return { root: templateRoots[name], otherRoots: others.map((other) => templateRoots[other]) };
}

/** The competition's data, which all tracks share. */
export const datasets = ['train', 'test', 'phase2'] as const;

/** The repositories of images built on this machine: the track's own, and the others'. */
export function localRepositories(
  name: TrackName,
): Pick<ImageNames, 'localRepository' | 'otherRepositories'> {
  const repositoryOf = (track: TrackName) => `meta-vsc-${track}-runtime`;
  return {
    localRepository: repositoryOf(name),
    otherRepositories: trackNames.filter((other) => other !== name).map(repositoryOf),
  };
}
