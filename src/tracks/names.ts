import type { ImageNames } from '../image/choice.ts';

/** The competition, in words. */
export const competition = 'the Meta Video Similarity Challenge';

/** The tracks of the competition, as settings and images name them; the first is the default. */
export const trackNames = ['descriptor', 'matching'] as const;

export type TrackName = (typeof trackNames)[number];

/** What a run of each track makes, in a word, which is a flag too, and the columns of such a CSV. */
export const resultsOf: Readonly<
  Record<TrackName, { readonly word: string; readonly columns: string }>
> = {
  descriptor: { word: 'rankings', columns: 'query_id,ref_id,score' },
  matching: {
    word: 'matches',
    columns: 'query_id,ref_id,query_start,query_end,ref_start,ref_end,score',
  },
};

/** Where the templates of each track are in the package: a folder of folders. */
const templateRoots: Readonly<Record<TrackName, string>> = { descriptor: '', matching: 'matching' };

/** Where the track's templates are, and those of the others, which its own are not to be taken for. */
export function rootsOf(name: TrackName): {
  readonly root: string;
  readonly otherRoots: readonly string[];
} {
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
