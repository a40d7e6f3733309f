import { lstat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { slashed } from './slashed.ts';

/** The folders of a project, in the order in which they come into use. */
export const projectFolders = [
  'competition_data',
  'data',
  'submission_src',
  'submission_quickstart',
  'submission',
] as const;

export type ProjectFolder = (typeof projectFolders)[number];

/** The file of a project's own settings, beside its folders. */
export const settingsFileName = 'vsc.env';

/** The folders and files of a project directory, all absolute. */
export interface Project {
  readonly root: string;
  readonly settingsFile: string;
  readonly competitionData: string;
  readonly data: string;
  /** What takes the place of a dataset's folder in {@link data}. */
  readonly dataAt?: { readonly dataset: string; readonly folder: string };
  /** Where a run leaves its results. */
  readonly submission: string;
  /** Where they will be found: the same folder, unless it is to be renamed. */
  readonly published: string;
  readonly zip: string;
  readonly archive: string;
  readonly log: string;
  /** All that `vsc` knows of the last run, and the page made from it. */
  readonly report: string;
  readonly reportPage: string;
  /** What exactly ran, on what, and what came out. */
  readonly provenance: string;
}

/**
 * The files that a run writes, or removes where it has none of its own.
 * @param made the name of what main.py makes, which is kept beside the others
 */
export function resultsOf(project: Project, made: string): readonly string[] {
  const { submission, archive, log, report, reportPage, provenance } = project;
  return [archive, log, join(submission, made), report, reportPage, provenance];
}

/** What a run's folder is called inside that of the results, where it is kept. @param run eight hex digits */
export function keptFolder(run: string): string {
  return `kept-${run}`;
}

/** The folders, absolute, in which there may be folders of runs that were kept, and whether a name is of one. */
export function keptRuns({ submission }: Project) {
  return {
    folders: [submission, join(submission, 'smoke')],
    isKept: (name: string) => /^kept-[0-9a-f]{8}$/.test(name),
  };
}

/** The project in the absolute folder `root`. Nothing needs to exist. */
export function projectAt(root: string): Project {
  const submission = join(root, 'submission');
  return {
    root,
    settingsFile: join(root, settingsFileName),
    competitionData: join(root, 'competition_data'),
    data: join(root, 'data'),
    zip: join(submission, 'submission.zip'),
    ...resultsIn(submission),
    published: submission,
  };
}

/** The folder that containers get as `/data`, absolute. Nothing needs to exist. */
export function dataOf({ data, dataAt }: Project, dataset: string): string {
  return dataAt?.dataset === dataset ? dataAt.folder : join(data, dataset);
}

/** A project whose data of a dataset are in the absolute `folder`. */
export function withData(project: Project, dataset: string, folder: string): Project {
  return { ...project, dataAt: { dataset, folder } };
}

/**
 * A project in which another zip is tested, whose results are none of its own.
 * @param folder where the run leaves them
 * @param published what `folder` is renamed to afterwards
 */
export function withSubmission(
  project: Project,
  zip: string,
  folder: string,
  published: string,
): Project {
  return { ...project, zip, ...resultsIn(folder), published };
}

function resultsIn(submission: string) {
  return {
    submission,
    archive: join(submission, 'submission.tar.gz'),
    log: join(submission, 'log.txt'),
    report: join(submission, 'report.json'),
    reportPage: join(submission, 'report.html'),
    provenance: join(submission, 'provenance.json'),
  };
}

/**
 * A file of a project by the place that it has in any project: relative, with `/`, wherever this one keeps its
 * submission and its data.
 */
export function usualPlace(project: Project, path: string): string {
  const { root, zip, submission, dataAt } = project;
  const usual = projectAt(root);
  const moved: (readonly [from: string, to: string])[] = [
    [root, root],
    [zip, usual.zip],
    [submission, usual.submission],
    ...(dataAt ? [[dataAt.folder, dataOf(usual, dataAt.dataset)] as const] : []),
  ];
  // One may be inside another.
  const around = moved.filter(([folder]) => isWithin(folder, path));
  const [from, to] = around.sort(([a], [b]) => b.length - a.length)[0] ?? [root, root];
  return slashed(relative(root, join(to, relative(from, path))));
}

/** Whether a path is that of a folder, or of something in it. */
function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way.split(sep)[0] !== '..' && !isAbsolute(way);
}

/** Whether anything of a project is in its folder. */
export async function isStarted({ root }: Project): Promise<boolean> {
  const places = [...projectFolders, settingsFileName].map((name) => join(root, name));
  const found = places.map((path) => lstat(path).catch(() => undefined));
  return (await Promise.all(found)).some((stats) => stats !== undefined);
}

/** What to do where a project's folders are missing. */
export const initRemedy = 'To make the folders, a main.py to start from and settings: vsc init';
