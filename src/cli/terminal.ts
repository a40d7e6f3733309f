import { VscError } from '../errors.ts';
import { type Colours, colourless } from '../progress/colours.ts';
import type { Readers } from '../progress/sink.ts';
import { needsAscii } from '../progress/symbols.ts';
import type { ProjectFile } from '../settings/project-file.ts';
import { asksForPlainOutput, variables } from '../settings/variables.ts';
import type { Output } from './output.ts';
import type { World } from './world.ts';

/**
 * The world with what the project's file says of the terminal. A file that can't be read is told by
 * the commands that take settings from it.
 */
export async function asProjectDraws(world: World, file: Promise<ProjectFile>): Promise<World> {
  const { name } = variables.noTerminal;
  const plain = await file.then(
    ({ settings }) => settings.get(name)?.text,
    (error) => {
      if (!(error instanceof VscError)) throw error;
    },
  );
  return plain && !world.env[name] ? { ...world, env: { ...world.env, [name]: plain } } : world;
}

/** Who reads what is printed. */
export function readersOf({ env, platform }: World): Required<Readers> {
  const names = ['CI', 'GITHUB_ACTIONS', 'TF_BUILD', 'TEAMCITY_VERSION'];
  const inCi = names.some((name) => env[name] && env[name]?.toLowerCase() !== 'false');
  return { inCi, ascii: needsAscii({ env, platform }) };
}

/**
 * Whether text for people is coloured, as programs agree on it (no-color.org, force-color.org,
 * bixense.com/clicolors): none with `NO_COLOR`; as `FORCE_COLOR` or `CLICOLOR_FORCE` say, wherever the text
 * goes; else at a terminal, but for `CLICOLOR=0`. A variable that is empty says nothing.
 */
export function allowsColours(world: World): boolean {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR } = world.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return !['0', 'false'].includes(FORCE_COLOR.toLowerCase());
  if (CLICOLOR_FORCE && CLICOLOR_FORCE !== '0') return true;
  return CLICOLOR !== '0' && hasTerminal(world);
}

/** The colours for text; none where none are allowed. */
export async function coloursFor(world: World): Promise<Colours> {
  if (!allowsColours(world)) return colourless;
  const { Chalk } = await import('chalk');
  return new Chalk({ level: 1 });
}

/** The columns of a terminal; of what is none 80, as people expect of text. */
export function columnsOf(output: Output): number {
  return (output.isTTY && output.stream().columns) || 80;
}

/** Whether a person sees what is shown, so that it may move. */
export function hasTerminal({ stdout, stderr, env }: World): boolean {
  return stdout.isTTY && stderr.isTTY && env.TERM !== 'dumb' && !asksForPlainOutput(env);
}
