import type { TruthNames } from '../dataset/truths.ts';
import { type ProjectFolder, projectFolders, settingsFileName } from '../project.ts';

/** A file of a new project. */
export interface ProjectPart {
  /** Relative to the project's folder, with `/`. */
  readonly name: string;
  /** A few words on what it, or the folder that it speaks of, is for. */
  readonly purpose: string;
  readonly text: string;
  /** It only says what belongs into its folder, and goes where there is nothing yet. */
  readonly isNotice: boolean;
}

/** What of a track a project's texts tell. */
export interface TrackTexts {
  readonly words: { readonly files: string; readonly results: string; readonly does: string };
  readonly submission: { readonly entryPoint: string };
  readonly run: { readonly made: { readonly file: string } };
  readonly results: { readonly truth: TruthNames };
  readonly templates: { readonly root: string; readonly ignored: readonly string[] };
}

/** What a new project is made of. */
export interface ProjectTexts {
  readonly track: TrackTexts;
  /** Of the settings' file. */
  readonly settings: string;
  /** The `main.py` of a folder that is packed. */
  readonly template: (folder: ProjectFolder) => Promise<string>;
  /** Whether there is a CI that rehearses the submission. */
  readonly ci: boolean;
  /** Of `vsc`. */
  readonly version: string;
}

/** The files of a new project, in the order in which they are told. */
export async function projectParts(texts: ProjectTexts): Promise<ProjectPart[]> {
  const { track, settings, template, ci, version } = texts;
  const parts: ProjectPart[] = [];
  for (const folder of projectFolders) {
    const { purpose, notice } = foldersOf(track)[folder];
    // What is packed has its word in the template: a notice would be packed too.
    const file = notice === undefined ? track.submission.entryPoint : 'README.md';
    const text = notice === undefined ? await template(folder) : `# ${folder}\n\n${notice}`;
    const isNotice = notice !== undefined;
    parts.push({ name: `${folder}/${file}`, purpose, text, isNotice });
  }
  const more = [
    { name: '.gitignore', purpose: 'keeps data and results out of git', text: gitignore(track) },
    { name: settingsFileName, purpose: "the project's settings", text: settings },
    ...(ci
      ? [
          {
            name: '.github/workflows/rehearsal.yml',
            purpose: 'rehearses the submission on GitHub; its first lines say what it needs',
            text: workflow(version, track),
          },
        ]
      : []),
  ];
  return [...parts, ...more.map((part) => ({ ...part, isNotice: false }))];
}

/** What a project's folder is for; the notice that lies in it, where it isn't packed. */
interface FolderWords {
  readonly purpose: string;
  readonly notice?: string;
}

const foldersOf = ({
  words,
  run: { made },
  results: { truth },
}: TrackTexts): Readonly<Record<ProjectFolder, FolderWords>> => ({
  competition_data: {
    purpose: 'what you downloaded, a folder for each dataset',
    notice: `What you downloaded goes here: a folder for each dataset, or a symlink to it.

    train/
        query_metadata.csv        or train_query_metadata.csv, as the download has it
        reference_metadata.csv    likewise
        ${truth.full.padEnd(25)} or train_${truth.download}; for train only
        query/Q100001.mp4 ...
        reference/R100001.mp4 ...

"vsc sample-data" makes a small one, for a first try; "vsc data-subset" makes data/train from it.
`,
  },
  data: {
    purpose: 'what the container sees at /data; vsc data-subset makes it',
    notice: `What the container sees at /data, read-only: a folder for each dataset, as in the real execution.
"vsc data-subset" makes it from competition_data.

    train/
        query_metadata.csv, reference_metadata.csv    all videos
        query_subset.csv                              the queries that main.py ${words.does}
        query/Q100001.mp4 ...                         their videos
        ${`${truth.full}, ${truth.subset}`.padEnd(45)} for train only
`,
  },
  submission_src: { purpose: 'your submission: main.py is a template' },
  submission_quickstart: { purpose: 'a minimal submission that runs' },
  submission: {
    purpose: 'submission.zip goes in, the results of a run come out',
    notice: `submission.zip goes in: the pack commands put it here, and "vsc test-submission" runs it. Out come

    log.txt                         all that was printed
    submission.tar.gz               both ${words.results}
    ${made.file.padEnd(31)} what main.py made
    report.html, report.json        the run, to look at and for programs
    provenance.json                 what exactly ran

Upload submission.zip.
`,
  },
});

const gitignore = ({
  templates,
}: TrackTexts) => `# Downloaded, or made again by a command; and large.
/competition_data/*
/data/*
/submission/*
/batch/
/describe/
${templates.ignored.map((name) => `/submission_*/${name}\n`).join('')}!README.md

__pycache__/
*.py[co]
.ipynb_checkpoints/
`;

const workflow = (
  version: string,
  { words, templates }: TrackTexts,
) => `# Rehearses the submission on every push, in the image and without network, as the organisers do.
#
# It needs these in the repository, with Git LFS where they are large:
#   data/<dataset>/     the subset that "vsc data-subset" made (take /data/* out of .gitignore)
#   submission_src/     main.py and ${words.files} (take ${templates.ignored.at(-1)} out as well)
# vsc comes from npm; the variable VSC_PACKAGE may name another version, or a tarball in the repository.
# The steps after the checkout are those of vsc's own action, which tells the verdict in the job's summary, too:
# docs/ci.md.
name: Rehearsal

on: [push, workflow_dispatch]

permissions:
  contents: read

concurrency:
  group: rehearsal-\${{ github.ref }}
  cancel-in-progress: true

jobs:
  rehearsal:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          lfs: true
          persist-credentials: false
      - uses: actions/setup-node@249970729cb0ef3589644e2896645e5dc5ba9c38 # v6.5.0
        with:
          node-version: 24
      - name: Install vsc
        run: npm install --global "$VSC_PACKAGE"
        env:
          VSC_PACKAGE: \${{ vars.VSC_PACKAGE || 'vsc-runtime@${version}' }}
      # The small image. For that of the competition, 12 GB: vsc pull
      - run: vsc build --slim
      - run: vsc pack-submission
      - run: BLOCK_INTERNET=true vsc test-submission
      - uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1
        if: always()
        with:
          name: rehearsal
          path: |
            submission/report.html
            submission/report.json
            submission/log.txt
            submission/provenance.json
          if-no-files-found: ignore
`;
