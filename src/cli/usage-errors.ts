import { type Command, CommanderError } from 'commander';
import { UsageError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';

/** @throws UsageError for a command that does not exist, with the names that are nearest to it */
export function refuseUnknownCommand(program: Command, argv: readonly string[]): void {
  const [first, second] = program.parseOptions([...argv]).operands;
  const name = first === 'help' ? second : first;
  const names = [...program.commands.map((command) => command.name()), 'help'];
  if (name === undefined || names.includes(name)) return;
  const question = didYouMean(name.toLowerCase(), names);
  throw new UsageError(`Unknown command "${name}".${question}`, ['See all commands: vsc help']);
}

/** What commander throws of a wrong command line as an error of ours; anything else as it is. */
export function asUsageError(thrown: unknown): unknown {
  if (!(thrown instanceof CommanderError)) return thrown;
  const [message = '', ...suggestions] = thrown.message.split('\n');
  return new UsageError(
    message,
    suggestions.map((line) => line.replace(/^\((.*)\)$/, '$1')),
    { cause: thrown },
  );
}
