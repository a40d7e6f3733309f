import { resolve } from 'node:path';
import { type Command, CommanderError } from 'commander';
import type { CommandHost, Result } from '../commands/host.ts';
import { BuildFailed } from '../engine/errors.ts';
import {
  EnvironmentError,
  Interrupted,
  InvalidSubmission,
  SubmissionFailed,
  TestsFailed,
  UsageError,
} from '../errors.ts';
import { withoutCommands } from '../progress/ci-commands.ts';
import { jsonText } from '../progress/json.ts';
import { writeWhole } from '../progress/sink.ts';
import { visible } from '../progress/visible.ts';
import { projectAt } from '../project.ts';
import { type ProjectFile, readProjectFile } from '../settings/project-file.ts';
import { resolveSettings } from '../settings/settings.ts';
import { asProjectDraws, coloursFor, findNvidiaSmi, isInCi, makeDeps, makeSink } from './deps.ts';
import { makeProgram } from './program.ts';
import { errorObject, renderError } from './render-error.ts';
import { asUsageError, refuseUnknownCommand } from './usage-errors.ts';
import type { World } from './world.ts';

/** Version of the shape that `--json` prints. */
const jsonVersion = 1;

/** Runs one command and returns the exit code. Nothing is thrown: this is the only catch. */
export async function runMain(world: World): Promise<number> {
  const interruption = new AbortController();
  const stopListening = world.onSignal((signal) => {
    const reason = new Interrupted(signal);
    if (interruption.signal.aborted) world.abandon(exitCodeOf(reason));
    interruption.abort(reason);
  });
  let exitCode = 0;
  let drawn = world;
  let projectFile: Promise<ProjectFile> | undefined;
  const readSettings = () => (projectFile ??= readProjectFile(host.project().settingsFile));
  const host: CommandHost = {
    packageRoot: world.packageRoot,
    project: () => projectAt(resolve(world.cwd, program.opts().directory ?? '.')),
    settings: async (flags) =>
      resolveSettings(flags, {
        env: world.env,
        projectFile: await readSettings(),
        findNvidiaSmi: () => findNvidiaSmi(world),
      }),
    perform: async (run, options) => {
      const json = wantsJson(program);
      drawn = await asProjectDraws(world, readSettings());
      const sink = await makeSink(drawn, json);
      try {
        const result = await run(options, makeDeps(drawn, sink, interruption.signal, json));
        sink.close();
        exitCode = await tellResult(result, drawn, program);
      } finally {
        sink.close();
      }
    },
  };
  const program = makeProgram({
    version: world.version,
    output: {
      writeOut: (text) => world.stdout.write(visible(text)),
      writeErr: (text) => world.stderr.write(visible(text)),
      // Wrong usage is told below, with all other errors.
      outputError: () => {},
    },
    host,
  });
  try {
    await refuseUnknownCommand(program, world.argv);
    await program.parseAsync(world.argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    // After --help or --version.
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    // Whatever was thrown after an interruption is a symptom of it.
    const { aborted, reason } = interruption.signal;
    const failure = aborted ? reason : asUsageError(thrown);
    const data = failure instanceof InvalidSubmission ? failure.data : {};
    return tellResult({ text: '', data, failure }, drawn, program);
  } finally {
    stopListening();
  }
}

/** Prints a result, and what made it a failure if that is known; returns the exit code. */
async function tellResult(
  result: Omit<Result, 'failure'> & { readonly failure?: unknown },
  world: World,
  program: Command,
): Promise<number> {
  const { text, data, failure } = result;
  const failed = 'failure' in result;
  const obeyedByNone = (text: string) => (isInCi(world) ? withoutCommands(text) : text);
  const exitCode = failed ? exitCodeOf(failure) : (result.exitCode ?? 0);
  if (wantsJson(program)) {
    const [first] = program.args;
    const command = program.commands.find((each) => each.name() === first) ?? program;
    const head = { version: jsonVersion, command: command.name(), ok: exitCode === 0 };
    const object = { ...head, ...data, ...(failed && { error: errorObject(failure) }) };
    await writeWhole(world.stdout, `${jsonText(object)}\n`);
  } else if (text !== '') {
    await writeWhole(world.stdout, `${obeyedByNone(visible(text))}\n`);
  }
  if (failed) {
    const error = renderError(failure, coloursFor(world));
    await writeWhole(world.stderr, `${obeyedByNone(error)}\n`);
  }
  return exitCode;
}

function wantsJson(program: Command): boolean {
  return program.opts().json ?? false;
}

/** The one map of errors to exit codes; what is none of these is a bug. */
function exitCodeOf(error: unknown): number {
  if ([SubmissionFailed, BuildFailed, TestsFailed].some((kind) => error instanceof kind)) return 1;
  if (error instanceof UsageError) return 2;
  if (error instanceof EnvironmentError) return 3;
  if (error instanceof InvalidSubmission) return 4;
  if (error instanceof Interrupted) return error.signal === 'SIGINT' ? 130 : 143;
  return 70;
}
