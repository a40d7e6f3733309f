import type { Argument, Command, Option } from 'commander';

/** A word that may stand where the cursor is. */
export interface Suggestion {
  readonly word: string;
  readonly description: string;
}

/** What may stand where the cursor is: these words, and files or folders where `paths` says so. */
export interface Suggestions {
  readonly words: readonly Suggestion[];
  readonly paths: 'files' | 'folders' | 'none';
}

/** The allowed values of an option, where they can be listed. */
export type ValuesOf = (option: Option) => readonly string[] | undefined;

const nothing: Suggestions = { words: [], paths: 'none' };

/**
 * What may stand in place of the last of `words`, which are those after the program's name.
 * All of it is read from the command tree.
 */
export function suggest(
  program: Command,
  words: readonly string[],
  valuesOf: ValuesOf,
): Suggestions {
  const current = words.at(-1) ?? '';
  const line = readLine(program, words.slice(0, -1));
  const candidates = () => {
    if (line.option !== undefined) return valuesFor(line.option, valuesOf);
    if (!current.startsWith('-') || line.onlyOperands) return operandsFor(program, line);
    return current.includes('=')
      ? assignments(program, line.command, current, valuesOf)
      : { words: optionWords(program, line.command), paths: 'none' as const };
  };
  return startingWith(current, candidates());
}

/** `--name=value` for what has been typed of it. */
function assignments(
  program: Command,
  command: Command,
  current: string,
  valuesOf: ValuesOf,
): Suggestions {
  const [name = ''] = current.split('=');
  const option = optionNamed(program, command, name);
  if (option === undefined) return nothing;
  const { words, paths } = valuesFor(option, valuesOf);
  return { words: words.map((each) => ({ ...each, word: `${name}=${each.word}` })), paths };
}

/** The commands, or what the command takes next. */
function operandsFor(program: Command, { command, operands }: Line): Suggestions {
  if (command === program || command.name() === helpName) {
    return operands > 0 ? nothing : { words: commandWords(program), paths: 'none' };
  }
  const { registeredArguments: known } = command;
  const last = known.at(-1);
  const argument = known[operands] ?? (last?.variadic ? last : undefined);
  return argument === undefined ? nothing : argumentWords(argument);
}

const helpName = 'help';

interface Line {
  readonly command: Command;
  /** The option whose value comes next. */
  readonly option: Option | undefined;
  /** Words after the command that belong to no option. */
  readonly operands: number;
  /** After `--`. */
  readonly onlyOperands: boolean;
}

function readLine(program: Command, words: readonly string[]): Line {
  let command = program;
  let option: Option | undefined;
  let operands = 0;
  let onlyOperands = false;
  for (const word of words) {
    if (option !== undefined) {
      option = undefined;
    } else if (word === '--') {
      onlyOperands = true;
    } else if (word.startsWith('-') && !onlyOperands) {
      const named = optionNamed(program, command, word);
      if (named?.required) option = named;
    } else if (command === program) {
      command = commandsOf(program).find((each) => each.name() === word) ?? command;
    } else {
      operands += 1;
    }
  }
  return { command, option, operands, onlyOperands };
}

function commandsOf(program: Command): Command[] {
  return program.createHelp().visibleCommands(program);
}

function commandWords(program: Command): Suggestion[] {
  return commandsOf(program).map((command) => ({
    word: command.name(),
    description: command.description(),
  }));
}

function optionsOf(program: Command, command: Command): Option[] {
  const help = program.createHelp();
  return [program, command]
    .filter((each, index, all) => all.indexOf(each) === index)
    .flatMap((each) => help.visibleOptions(each))
    .filter((each, index, all) => all.findIndex(({ long }) => long === each.long) === index)
    .filter(({ long }) => command === program || long !== '--version');
}

function optionNamed(program: Command, command: Command, name: string): Option | undefined {
  return optionsOf(program, command).find(({ long, short }) => name === long || name === short);
}

function optionWords(program: Command, command: Command): Suggestion[] {
  return optionsOf(program, command).map(({ long, short, description }) => ({
    word: long ?? short ?? '',
    description,
  }));
}

function valuesFor(option: Option, valuesOf: ValuesOf): Suggestions {
  const values = option.argChoices ?? valuesOf(option);
  if (values !== undefined) return { words: plain(values), paths: 'none' };
  return { words: [], paths: pathsFor(option.flags) };
}

function argumentWords(argument: Argument): Suggestions {
  const { argChoices } = argument;
  if (argChoices !== undefined) return { words: plain(argChoices), paths: 'none' };
  return { words: [], paths: pathsFor(`<${argument.name()}>`) };
}

/** What the placeholder says about paths: `<dir>` is a folder, `<file>` a file. */
function pathsFor(flags: string): Suggestions['paths'] {
  const placeholder = /[<[]([^>\]]*)/.exec(flags)?.[1] ?? '';
  if (/dir|folder/i.test(placeholder)) return 'folders';
  return /file|path|zip|archive|csv|npz|log/i.test(placeholder) ? 'files' : 'none';
}

function plain(values: readonly string[]): Suggestion[] {
  return values.map((word) => ({ word, description: '' }));
}

function startingWith(current: string, { words, paths }: Suggestions): Suggestions {
  return { words: words.filter(({ word }) => word.startsWith(current)), paths };
}
