import { Option } from 'commander';
import { UsageError } from '../errors.ts';
import { quoted } from '../progress/visible.ts';
import { settingsFileName } from '../project.ts';
import type { TrackName } from '../tracks/names.ts';
import { tracks } from '../tracks/tracks.ts';
import type { ProjectFile } from './project-file.ts';
import { type VariableKey, variables } from './variables.ts';

/** A value and what set it, e.g. `--cpu`, `CPU_OR_GPU`, `vsc.env`, `default`. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}

export type Processor = 'cpu' | 'gpu';

/** All settings of one call of `vsc`, each with where it came from. */
export interface Settings {
  readonly track: Sourced<TrackName>;
  readonly cpuOrGpu: Sourced<Processor>;
  readonly skipGpu: Sourced<boolean>;
  readonly blockInternet: Sourced<boolean>;
  readonly dataset: Sourced<string>;
  readonly subsetProportion: Sourced<number>;
  /** Undefined: to be chosen among the images that the engine has. */
  readonly submissionImage: Sourced<string | undefined>;
  readonly registryImage: Sourced<string>;
  readonly phase2: Sourced<boolean>;
  readonly noTerminal: Sourced<boolean>;
}

/** Flags as the command line gave them, by their camel-cased name (`skipGpu`, `proportion`). */
export type Flags = Readonly<Record<string, unknown>>;

/** What the settings are made from, besides the flags. */
export interface SettingsWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly projectFile: ProjectFile;
  /** Path of `nvidia-smi`, or undefined where the PATH has none. */
  readonly findNvidiaSmi: () => Promise<string | undefined>;
}

/**
 * The settings: flag, then environment variable, then the project's `vsc.env`, then default.
 * @throws UsageError that names the variable or flag, where it stands, and the allowed values
 */
export async function resolveSettings(flags: Flags, world: SettingsWorld): Promise<Settings> {
  const given = (key: VariableKey) => givenText(key, flags, world);
  const text = (key: VariableKey) => given(key) ?? byDefault(variables[key].fallback ?? '');
  const flag = (key: VariableKey) => ({ ...text(key), value: text(key).value === 'true' });
  const cpuOrGpu =
    (given('cpuOrGpu') as Sourced<Processor> | undefined) ?? (await processorOfMachine(world));
  const track = text('track') as Sourced<TrackName>;
  const official = `${tracks[track.value].officialRepository}:${cpuOrGpu.value}-latest`;
  return Object.freeze({
    track,
    cpuOrGpu,
    skipGpu: flag('skipGpu'),
    blockInternet: flag('blockInternet'),
    dataset: text('dataset'),
    subsetProportion: proportion(text('subsetProportion'), world.projectFile),
    submissionImage: given('submissionImage') ?? byDefault(undefined),
    registryImage: given('registryImage') ?? byDefault(official),
    phase2: flag('phase2'),
    noTerminal: flag('noTerminal'),
  });
}

/** Whether a flag, its environment variable or the project set a value, rather than the machine or a default. */
export function isGiven(key: VariableKey, { source }: Sourced<unknown>): boolean {
  return [variables[key].name, settingsFileName].includes(source) || source.startsWith('--');
}

/** The text of a flag, or else of the variable in the environment or the project's file, which is one of the allowed ones. */
function givenText(
  key: VariableKey,
  flags: Flags,
  { env, projectFile }: SettingsWorld,
): Sourced<string> | undefined {
  const { name, values, flags: known } = variables[key];
  const [first, second] = known.flatMap(({ flag, means }) => {
    const option = new Option(flag);
    const value = flags[option.attributeName()];
    return value === undefined
      ? []
      : [{ value: means ?? String(value), source: option.long ?? flag }];
  });
  if (second !== undefined) {
    const both = `${first?.source} and ${second.source}`;
    throw new UsageError(`${both} contradict each other.`, ['Give one of them.']);
  }
  const ofProject = projectFile.settings.get(name)?.text;
  const given =
    first ??
    (env[name] ? { value: env[name], source: name } : undefined) ??
    (ofProject ? { value: ofProject, source: settingsFileName } : undefined);
  if (given === undefined || typeof values === 'string' || values.includes(given.value))
    return given;
  throw notAllowed(key, given, projectFile);
}

function byDefault<T>(value: T): Sourced<T> {
  return { value, source: 'default' };
}

function proportion(given: Sourced<string>, projectFile: ProjectFile): Sourced<number> {
  const share = Number(given.value);
  if (share > 0 && share <= 1) return { value: share, source: given.source };
  throw notAllowed('subsetProportion', given, projectFile);
}

function notAllowed(
  key: VariableKey,
  { value, source }: Sourced<string>,
  { path, settings }: ProjectFile,
): UsageError {
  const { name, values } = variables[key];
  const inFile = `${path}, line ${settings.get(name)?.line}: ${name}`;
  const elsewhere = source === name ? name : `${source} (${name})`;
  const where = source === settingsFileName ? inFile : elsewhere;
  const allowed = typeof values === 'string' ? values : values.join(', ');
  return new UsageError(`${where} is ${quoted(value)}.`, [`Allowed: ${allowed}.`]);
}

async function processorOfMachine(world: SettingsWorld): Promise<Sourced<Processor>> {
  const path = await world.findNvidiaSmi();
  return path === undefined
    ? { value: 'cpu', source: 'no nvidia-smi on the PATH' }
    : { value: 'gpu', source: `found ${path}` };
}

/** A setting by the name of its variable, and what set it. */
export interface SettingRow {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

/** The settings of these variables, all if none are named, in the order of the table. */
export function settingRows(
  settings: Settings,
  keys: readonly VariableKey[] = Object.keys(variables) as VariableKey[],
): SettingRow[] {
  return keys.map((key) => {
    const { value, source } = settings[key];
    return { name: variables[key].name, value: String(value ?? ''), source };
  });
}
