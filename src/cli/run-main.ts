import { resolve } from 'node:path';
import { type Command, CommanderError } from 'commander';
import type { CommandHost } from '../commands/host.ts';
import { BuildFailed } from '../engine/errors.ts';
import {
  EnvironmentError,
  Interrupted,
  InvalidSubmission,
  SubmissionFailed,
  TestsFailed,
  UsageError,
} from '../errors.ts';
import { writeWhole } from '../progress/sink.ts';
import { projectAt } from '../project.ts';
import { resolveSettings } from '../settings/settings.ts';
import { coloursFor, findNvidiaSmi, makeDeps, makeSink } from './deps.ts';
import { type GlobalFlags, makeProgram } from './program.ts';
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
  const program = makeProgram({
    version: world.version,
    output: {
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      // Wrong usage is told below, with all other errors.
      outputError: () => {},
    },
    hostOf: (tree) =>
      hostFor(tree, world, interruption.signal, (code) => {
        exitCode = code;
      }),
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
    const error = aborted ? reason : asUsageError(thrown);
    if (wantsJson(program)) {
      const data = error instanceof InvalidSubmission ? error.data : {};
      await printJson(world, program, false, { ...data, error: errorObject(error) });
    }
    await writeWhole(world.stderr, `${renderError(error, coloursFor(world))}\n`);
    return exitCodeOf(error);
  } finally {
    stopListening();
  }
}

function hostFor(
  program: Command,
  world: World,
  signal: AbortSignal,
  endWith: (exitCode: number) => void,
): CommandHost {
  return {
    packageRoot: world.packageRoot,
    project: () => projectAt(resolve(world.cwd, program.opts<GlobalFlags>().directory ?? '.')),
    settings: (flags) =>
      resolveSettings(flags, { env: world.env, findNvidiaSmi: () => findNvidiaSmi(world) }),
    perform: async (run, options) => {
      const sink = makeSink(world, wantsJson(program));
      try {
        const json = wantsJson(program);
        const deps = makeDeps(world, sink, signal, json);
        const { text, data, failure, exitCode = 0 } = await run(options, deps);
        sink.close();
        endWith(failure === undefined ? exitCode : exitCodeOf(failure));
        const object = failure === undefined ? data : { ...data, error: errorObject(failure) };
        if (json) await printJson(world, program, failure === undefined && exitCode === 0, object);
        else if (text !== '') await writeWhole(world.stdout, `${text}\n`);
        if (failure !== undefined) {
          await writeWhole(world.stderr, `${renderError(failure, coloursFor(world))}\n`);
        }
      } finally {
        sink.close();
      }
    },
  };
}

function wantsJson(program: Command): boolean {
  return program.opts<GlobalFlags>().json ?? false;
}

async function printJson(world: World, program: Command, ok: boolean, data: object): Promise<void> {
  const [first] = program.args;
  const command = program.commands.find((each) => each.name() === first) ?? program;
  const object = { version: jsonVersion, command: command.name(), ok, ...data };
  await writeWhole(world.stdout, `${JSON.stringify(object)}\n`);
}

const exitCodes = {
  failed: 1,
  usage: 2,
  environment: 3,
  invalid: 4,
  bug: 70,
  interrupted: { SIGINT: 130, SIGTERM: 143 },
} as const;

const failures = [SubmissionFailed, BuildFailed, TestsFailed];

function exitCodeOf(error: unknown): number {
  if (failures.some((failure) => error instanceof failure)) return exitCodes.failed;
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof EnvironmentError) return exitCodes.environment;
  if (error instanceof InvalidSubmission) return exitCodes.invalid;
  if (error instanceof Interrupted) return exitCodes.interrupted[error.signal];
  return exitCodes.bug;
}
