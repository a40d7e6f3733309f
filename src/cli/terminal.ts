import { VscError } from '../errors.ts';
import { type Colours, colourless } from '../progress/colours.ts';
import type { ProjectFile } from '../settings/project-file.ts';
import { asksForPlainOutput, variables } from '../settings/variables.ts';
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

/** Whether a CI reads what is printed, which obeys commands in it. */
export function isInCi({ env }: Pick<World, 'env'>): boolean {
  const names = ['CI', 'GITHUB_ACTIONS', 'TF_BUILD', 'TEAMCITY_VERSION'];
  return names.some((name) => env[name] && env[name]?.toLowerCase() !== 'false');
}

/** The colours that the terminal and `NO_COLOR` allow. */
export async function coloursFor(world: World): Promise<Colours> {
  if (!hasTerminal(world) || world.env.NO_COLOR) return colourless;
  const { Chalk } = await import('chalk');
  return new Chalk({ level: 1 });
}

/** Whether what is shown may move and be coloured. */
export function hasTerminal({ stdout, stderr, env }: World): boolean {
  return stdout.isTTY && stderr.isTTY && env.TERM !== 'dumb' && !asksForPlainOutput(env);
}
