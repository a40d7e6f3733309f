import { UsageError } from '../errors.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import { type VariableKey, variableTable } from './variables.ts';

/** A value and what set it, e.g. `--cpu`, `CPU_OR_GPU`, `default`. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}

export type Processor = 'cpu' | 'gpu';

/** All settings of one call of `vsc`, each with where it came from. */
export interface Settings {
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
  /** Path of `nvidia-smi`, or undefined where the PATH has none. */
  readonly findNvidiaSmi: () => Promise<string | undefined>;
}

/**
 * The settings: flag, then environment variable, then default.
 * @throws UsageError that names the variable or flag and the allowed values
 */
export async function resolveSettings(flags: Flags, world: SettingsWorld): Promise<Settings> {
  const text = (key: VariableKey) => givenText(key, flags, world.env);
  const flag = (key: VariableKey) => orDefault(oneOf(key, text(key)), 'false', isTrue);
  const cpuOrGpu =
    (oneOf('cpuOrGpu', text('cpuOrGpu')) as Sourced<Processor> | undefined) ??
    (await processorOfMachine(world));
  return Object.freeze({
    cpuOrGpu,
    skipGpu: flag('skipGpu'),
    blockInternet: flag('blockInternet'),
    dataset: orDefault(oneOf('dataset', text('dataset')), 'train', (name) => name),
    subsetProportion: proportion(text('subsetProportion')),
    submissionImage: text('submissionImage') ?? { value: undefined, source: 'default' },
    registryImage: text('registryImage') ?? {
      value: `${descriptorTrack.officialRepository}:${cpuOrGpu.value}-latest`,
      source: 'default',
    },
    phase2: flag('phase2'),
    noTerminal: flag('noTerminal'),
  });
}

/** Whether a flag or its environment variable set a value, rather than the machine or a default. */
export function isGiven(key: VariableKey, { source }: Sourced<unknown>): boolean {
  const { name, flags } = variableTable[key];
  return source === name || flags.some(({ flag }) => flag.split(' ')[0] === source);
}

/** Whether plain output is asked for; known before the settings, so that errors can be drawn too. */
export function asksForPlainOutput(env: SettingsWorld['env']): boolean {
  return env[variableTable.noTerminal.name] === 'true';
}

/** The flag's attribute name in parsed options, as commander makes it: `--skip-gpu` is `skipGpu`. */
function attributeOf(flag: string): string {
  const name = flag.split(' ')[0]?.replace(/^--/, '') ?? '';
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function givenText(
  key: VariableKey,
  flags: Flags,
  env: Readonly<Record<string, string | undefined>>,
): Sourced<string> | undefined {
  const variable = variableTable[key];
  const given = variable.flags.filter(({ flag }) => flags[attributeOf(flag)] !== undefined);
  if (given.length > 1) {
    const names = given.map(({ flag }) => flag).join(' and ');
    throw new UsageError(`${names} contradict each other.`, ['Give one of them.']);
  }
  const [first] = given;
  if (first !== undefined) {
    const value = first.means ?? String(flags[attributeOf(first.flag)]);
    return { value, source: first.flag.split(' ')[0] ?? first.flag };
  }
  const value = env[variable.name];
  return value === undefined || value === '' ? undefined : { value, source: variable.name };
}

function orDefault<T>(
  given: Sourced<string> | undefined,
  fallback: string,
  parse: (text: string) => T,
): Sourced<T> {
  const { value, source } = given ?? { value: fallback, source: 'default' };
  return { value: parse(value), source };
}

function isTrue(text: string): boolean {
  return text === 'true';
}

function oneOf(key: VariableKey, given: Sourced<string> | undefined): Sourced<string> | undefined {
  const { values } = variableTable[key];
  if (given === undefined || values.includes(given.value)) return given;
  throw notAllowed(key, given);
}

function proportion(given: Sourced<string> | undefined): Sourced<number> {
  const { value, source } = given ?? { value: '0.01', source: 'default' };
  const share = value.trim() === '' ? Number.NaN : Number(value);
  if (share > 0 && share <= 1) return { value: share, source };
  throw notAllowed('subsetProportion', { value, source });
}

function notAllowed(key: VariableKey, given: Sourced<string>): UsageError {
  const { name, values } = variableTable[key];
  const allowed = typeof values === 'string' ? values : values.join(', ');
  const where = given.source === name ? name : `${given.source} (${name})`;
  return new UsageError(`${where} is "${given.value}".`, [`Allowed: ${allowed}.`]);
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
  keys: readonly VariableKey[] = Object.keys(variableTable) as VariableKey[],
): SettingRow[] {
  return keys.map((key) => {
    const { value, source } = settings[key];
    return { name: variableTable[key].name, value: String(value ?? ''), source };
  });
}
