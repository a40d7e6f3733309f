import { resolve } from 'node:path';
import { type Command, CommanderError } from 'commander';
import type { CommandHost } from '../commands/host.ts';
import { EnvironmentError, InvalidSubmission } from '../errors.ts';
import { projectAt } from '../project.ts';
import type { ProjectFile } from '../settings/project-file.ts';
import { helpWidth } from './help.ts';
import { makeProgram } from './program.ts';
import { tellResult } from './tell.ts';
import { allowsColours, asProjectDraws, columnsOf } from './terminal.ts';
import { asUsageError, refuseUnknownCommand } from './usage-errors.ts';
import type { World } from './world.ts';

/**
 * Runs one command and returns the exit code. Nothing is thrown: all that was is told here. What only a command that
 * is carried out needs is imported then: help and wrong usage come as fast as they can.
 */
export async function runMain(world: World): Promise<number> {
  const { stdout, stderr } = world;
  let exitCode = 0;
  let drawn = world;
  let projectFile: Promise<ProjectFile> | undefined;
  const readSettings = async () => {
    const { readProjectFile } = await import('../settings/project-file.ts');
    return readProjectFile(host.project().settingsFile);
  };
  const settingsOfProject = () => (projectFile ??= readSettings());
  const host: CommandHost = {
    env: world.env,
    packageRoot: world.packageRoot,
    project: () => projectAt(resolve(world.cwd, program.opts().directory ?? '.')),
    settings: async (flags) => {
      const { resolveSettings } = await import('../settings/settings.ts');
      return resolveSettings(flags, {
        env: world.env,
        projectFile: await settingsOfProject(),
        findNvidiaSmi: async () => (await import('./deps.ts')).findNvidiaSmi(world),
      });
    },
    perform: async (load, options) => {
      const { perform } = await import('./perform.ts');
      drawn = await asProjectDraws(world, settingsOfProject());
      const json = jsonOf(program);
      const result = await perform(await load(), options, drawn, json !== undefined);
      exitCode = await tellResult(result, drawn, json);
    },
    tell: async (result) => {
      exitCode = await tellResult(result, world, jsonOf(program));
    },
  };
  const program = makeProgram({
    version: world.version,
    output: {
      // Help, of which all words are our own.
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      // Wrong usage is told below, with all other errors.
      outputError: () => {},
      // By itself commander would open both streams to ask.
      getOutHelpWidth: () => helpWidth(columnsOf(stdout)),
      getErrHelpWidth: () => helpWidth(columnsOf(stderr)),
      getOutHasColors: () => allowsColours(world),
      getErrHasColors: () => allowsColours(world),
    },
    host,
  });
  try {
    refuseUnknownCommand(program, world.argv);
    await program.parseAsync(world.argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    // After --help or --version.
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    const failure = await hinted(asUsageError(thrown), host);
    const data = failure instanceof InvalidSubmission ? failure.data : {};
    return tellResult({ text: '', data, failure }, drawn, jsonOf(program));
  }
}

/** What was thrown, with a word on the folder where that may be the reason. */
async function hinted(thrown: unknown, host: CommandHost): Promise<unknown> {
  if (!(thrown instanceof EnvironmentError)) return thrown;
  const { withProjectHint } = await import('./project-hint.ts');
  return withProjectHint(thrown, host.project());
}

/** The command that a JSON object tells of, where one is asked for. */
function jsonOf(program: Command): string | undefined {
  if (!program.opts().json) return undefined;
  const [first] = program.args;
  return (program.commands.find((each) => each.name() === first) ?? program).name();
}
