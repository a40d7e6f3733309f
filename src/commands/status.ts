import type { Command } from 'commander';
import { VscError } from '../errors.ts';
import type { ImageOptions } from '../image/choice.ts';
import { formatBytes, tableLines } from '../progress/format.ts';
import { visibleLine } from '../progress/visible.ts';
import { isStarted, type Project } from '../project.ts';
import { type Settings, settingRows } from '../settings/settings.ts';
import { commandGroups } from './help.ts';
import { type CommandHost, type Deps, imageOptions, type Result, trackOf } from './host.ts';

export interface StatusOptions {
  readonly project: Project;
  readonly settings: Settings;
  readonly image: ImageOptions;
  /** The commands by their groups, each with its line of description. */
  readonly groups: readonly CommandGroup[];
}

export interface CommandGroup {
  readonly heading: string;
  readonly commands: readonly (readonly [name: string, description: string])[];
}

/** Bare `vsc`: the settings of this machine, the images present, the commands. */
export function registerStatus(program: Command, host: CommandHost): void {
  program.action(async () => {
    const settings = await host.settings({});
    const groups = [...commandGroups(program)].map(([heading, commands]) => ({
      heading,
      commands: commands.map((each) => [each.name(), each.description()] as const),
    }));
    const image = imageOptions(host, settings);
    await host.perform(async () => (await import('./status.ts')).status, {
      project: host.project(),
      settings,
      image,
      groups,
    });
  });
}

export async function status(options: StatusOptions, deps: Deps): Promise<Result> {
  const { project, settings, groups } = options;
  const started = await isStarted(project);
  const { endpoint, images, none, image } = await lookAtEngine(options, deps);
  const rows = settingRows({ ...settings, submissionImage: image });
  const imageRows = images.flatMap(({ tags, bytes, id }) =>
    tags.map((tag) => [tag, formatBytes(bytes), id.slice(0, 19)]),
  );
  const text = [
    ...(started ? [] : [...beginning(project, images.length > 0), '']),
    'Settings',
    ...tableLines(rows.map(({ name, value, source }) => [name, `${value.padEnd(10)}  ${source}`])),
    '',
    `Images${endpoint === undefined ? '' : ` on ${endpoint}`}`,
    ...(images.length > 0 ? tableLines(imageRows) : [`  ${none}`]),
    '',
    'Commands',
    ...groupLines(groups),
    '',
    'Each has its own page, with examples: vsc help <command>',
    ...(started ? [] : ['To begin: vsc init']),
  ].join('\n');
  const data = { project: { folder: project.root, started }, settings: rows };
  return { text, wraps: true, data: { ...data, engine: endpoint ?? null, images } };
}

/** The way of a first try, for a folder in which nothing of a project is. */
function beginning({ root }: Project, hasImage: boolean): readonly string[] {
  const steps: readonly (readonly [line: string, does: string])[] = [
    ['vsc init', 'make a project of this folder: folders, a main.py, settings'],
    ['vsc build --slim', 'a small image, in two minutes'],
    ['vsc sample-data', 'small sample videos, if you have no download yet'],
    ['vsc data-subset', 'what the code will see of them'],
    ['vsc pack-quickstart', 'a first submission.zip'],
    ['vsc test-submission', 'run it as the organisers will'],
  ];
  return [
    `There is no project in ${visibleLine(root)} yet. If yours is elsewhere: vsc -C DIR`,
    'To begin one, and see a submission run:',
    ...tableLines(steps.filter(([line]) => !(hasImage && line.includes('build')))),
  ];
}

/** The commands, a line each, below the headings of their groups. */
function groupLines(groups: readonly CommandGroup[]): readonly string[] {
  const width = Math.max(
    ...groups.flatMap(({ commands }) => commands.map(([name]) => name.length)),
  );
  return groups.flatMap(({ heading, commands }) => [
    `  ${heading}`,
    ...tableLines(
      commands.map(([name, description]) => [name.padEnd(width), description]),
      [],
      4,
    ),
  ]);
}

/** The images, what to say where there is none, and the image that would run, and why. */
async function lookAtEngine({ settings, image: options }: StatusOptions, deps: Deps) {
  const track = await trackOf(settings);
  const { findImageChoice } = await import('../image/choice.ts');
  const { warnOfStaleImage } = await import('../image/build.ts');
  const repositories = [
    track.localRepository,
    ...track.otherRepositories,
    track.officialRepository,
  ];
  try {
    const engine = await deps.engine();
    const { endpoint } = await engine.info();
    const images = await engine.listImages(repositories);
    const choice = await findImageChoice(engine, track, options);
    if (choice !== undefined) {
      await warnOfStaleImage(choice, track, options.roots, deps.reporter);
    }
    const image =
      choice === undefined
        ? { value: 'none yet', source: 'there is neither a local nor an official image' }
        : { value: choice.name, source: choice.why };
    return { endpoint, images, none: 'none: run "vsc pull" or "vsc build --slim"', image };
  } catch (error) {
    if (!(error instanceof VscError)) throw error;
    const { value: named, source } = settings.submissionImage;
    const image = { value: named ?? 'unknown', source: named === undefined ? 'no engine' : source };
    return {
      endpoint: undefined,
      images: [],
      none: [error.message, ...error.next].join('\n  '),
      image,
    };
  }
}
