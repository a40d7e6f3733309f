import { type Command, CommanderError } from 'commander';
import { UsageError } from '../errors.ts';

/** @throws UsageError for a command that does not exist, with the names that are nearest to it */
export async function refuseUnknownCommand(
  program: Command,
  argv: readonly string[],
): Promise<void> {
  const [first, second] = program.parseOptions([...argv]).operands;
  const name = first === 'help' ? second : first;
  const names = [...program.commands.map((command) => command.name()), 'help'];
  if (name === undefined || names.includes(name)) return;
  const nearest = await nearestTo(name.toLowerCase(), names);
  const either = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(nearest);
  const question = nearest.length === 0 ? '' : ` Did you mean ${either}?`;
  throw new UsageError(`Unknown command "${name}".${question}`, ['See all commands: vsc help']);
}

/** Those of `names` that hold the word (`pack`), else those that, or a part of which, a few edits lead to. */
async function nearestTo(word: string, names: readonly string[]): Promise<string[]> {
  const holding = names.filter((name) => word.length > 2 && name.includes(word));
  if (holding.length > 0) return holding;
  const { default: levenshtein } = await import('fastest-levenshtein');
  const edits = names.flatMap((name) =>
    [...new Set([name, ...name.split('-')])]
      .map((part) => ({ name, part, count: levenshtein.distance(word, part) }))
      .filter(({ part, count }) => count <= 3 && count <= part.length / 2),
  );
  const least = Math.min(...edits.map(({ count }) => count));
  return edits.filter(({ count }) => count === least).map(({ name }) => name);
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
