import { join } from 'node:path';

/** The folders and files of a project directory, all absolute. */
export interface Project {
  readonly root: string;
  readonly competitionData: string;
  readonly data: string;
  readonly submission: string;
  readonly zip: string;
  readonly archive: string;
  readonly log: string;
  /** What main.py made for the subset, kept to be compared with the submitted descriptors. */
  readonly subset: string;
  /** All that `vsc` knows of the last run, and the page made from it. */
  readonly report: string;
  readonly reportPage: string;
  /** What exactly ran, on what, and what came out. */
  readonly provenance: string;
}

/** The files that a run writes, or removes where it has none of its own. */
export function resultsOf(project: Project): readonly string[] {
  const { archive, log, subset, report, reportPage, provenance } = project;
  return [archive, log, subset, report, reportPage, provenance];
}

/** The project in the absolute folder `root`. Nothing needs to exist. */
export function projectAt(root: string): Project {
  const submission = join(root, 'submission');
  return {
    root,
    competitionData: join(root, 'competition_data'),
    data: join(root, 'data'),
    submission,
    zip: join(submission, 'submission.zip'),
    archive: join(submission, 'submission.tar.gz'),
    log: join(submission, 'log.txt'),
    subset: join(submission, 'subset_query_descriptors.npz'),
    report: join(submission, 'report.json'),
    reportPage: join(submission, 'report.html'),
    provenance: join(submission, 'provenance.json'),
  };
}
