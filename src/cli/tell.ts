import type { Result } from '../commands/host.ts';
import { BuildFailed } from '../engine/errors.ts';
import {
  EnvironmentError,
  Interrupted,
  InvalidSubmission,
  SubmissionFailed,
  TestsFailed,
  UsageError,
} from '../errors.ts';
import { jsonText } from '../progress/json.ts';
import { fitFor } from '../progress/sink.ts';
import { visible } from '../progress/visible.ts';
import { wrapped } from '../progress/wrap.ts';
import { errorObject, renderError } from './render-error.ts';
import { coloursFor, columnsOf, hasTerminal, readersOf } from './terminal.ts';
import type { World } from './world.ts';

/** Version of the shape that `--json` prints. */
const jsonVersion = 1;

/**
 * Prints a result, and what made it a failure if that is known; returns the exit code.
 * @param jsonOf name of the command where one JSON object is asked for
 */
export async function tellResult(
  result: Omit<Result, 'failure'> & { readonly failure?: unknown },
  world: World,
  jsonOf: string | undefined,
): Promise<number> {
  const { text, data, failure } = result;
  const failed = 'failure' in result;
  const readers = readersOf(world);
  const laidOut = (text: string) =>
    result.wraps && hasTerminal(world) ? wrapped(text, columnsOf(world.stdout)) : text;
  const exitCode = failed ? exitCodeOf(failure) : (result.exitCode ?? 0);
  if (jsonOf !== undefined) {
    const head = { version: jsonVersion, command: jsonOf, ok: exitCode === 0 };
    const object = { ...head, ...data, ...(failed && { error: errorObject(failure) }) };
    await world.stdout.write(`${jsonText(object)}\n`);
  } else if (text !== '') {
    await world.stdout.write(`${fitFor(readers, laidOut(visible(text)))}\n`);
  }
  if (failed) {
    const columns = hasTerminal(world) ? columnsOf(world.stderr) : undefined;
    const error = renderError(failure, await coloursFor(world), columns);
    await world.stderr.write(`${fitFor(readers, error)}\n`);
  }
  return exitCode;
}

/** The one map of errors to exit codes; what is none of these is a bug. */
export function exitCodeOf(error: unknown): number {
  if ([SubmissionFailed, BuildFailed, TestsFailed].some((kind) => error instanceof kind)) return 1;
  if (error instanceof UsageError) return 2;
  if (error instanceof EnvironmentError) return 3;
  if (error instanceof InvalidSubmission) return 4;
  if (error instanceof Interrupted) return error.signal === 'SIGINT' ? 130 : 143;
  return 70;
}
