import type { Command } from 'commander';
import { VscError } from '../errors.ts';
import type { ImageOptions } from '../image/choice.ts';
import { formatBytes, tableLines } from '../progress/format.ts';
import { visibleLine } from '../progress/visible.ts';
import { isStarted, type Project } from '../project.ts';
import { type Settings, settingRows } from '../settings/settings.ts';
import { type CommandHost, type Deps, imageOptions, type Result, trackOf } from './host.ts';

export interface StatusOptions {
  readonly project: Project;
  readonly settings: Settings;
  readonly image: ImageOptions;
  /** Each command's name and its line of description. */
  readonly commands: readonly (readonly string[])[];
}

/** Bare `vsc`: the settings of this machine, the images present, the commands. */
export function registerStatus(program: Command, host: CommandHost): void {
  program.action(async () => {
    const settings = await host.settings({});
    const commands = program
      .createHelp()
      .visibleCommands(program)
      .filter((command) => command.name() !== 'help')
      .map((command) => [command.name(), command.description()]);
    const image = imageOptions(host, settings);
    await host.perform(async () => (await import('./status.ts')).status, {
      project: host.project(),
      settings,
      image,
      commands,
    });
  });
}

export async function status(options: StatusOptions, deps: Deps): Promise<Result> {
  const { project, settings, commands } = options;
  const started = await isStarted(project);
  const { endpoint, images, none, image } = await lookAtEngine(options, deps);
  const rows = settingRows({ ...settings, submissionImage: image });
  const imageRows = images.flatMap(({ tags, bytes, id }) =>
    tags.map((tag) => [tag, formatBytes(bytes), id.slice(0, 19)]),
  );
  const text = [
    'Settings',
    ...tableLines(rows.map(({ name, value, source }) => [name, value, source])),
    '',
    `Images${endpoint === undefined ? '' : ` on ${endpoint}`}`,
    ...(images.length > 0 ? tableLines(imageRows) : [`  ${none}`]),
    '',
    'Commands',
    ...tableLines(commands),
    '',
    'Each has its own page: vsc help <command>.',
    ...(started ? [] : [`There is no project in ${visibleLine(project.root)} yet: vsc init`]),
  ].join('\n');
  const data = { project: { folder: project.root, started }, settings: rows };
  return { text, data: { ...data, engine: endpoint ?? null, images } };
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
