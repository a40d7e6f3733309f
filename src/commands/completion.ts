import { Argument, type Command, type Option } from 'commander';
import { linesFor, type Shell, scripts, shells, suggest, wordsOf } from '../completion/suggest.ts';
import { variables } from '../settings/variables.ts';
import { addExamples, groups } from './help.ts';
import type { CommandHost, Result } from './host.ts';

export interface CompletionOptions {
  readonly shell: Shell;
  /** The words of the line that is being typed; undefined to print the shell's script. */
  readonly words: readonly string[] | undefined;
  readonly program: Command;
}

export function registerCompletion(program: Command, host: CommandHost): void {
  const command = program.command('completion');
  command
    .helpGroup(groups.machine)
    .description('print the script that makes a shell complete vsc')
    .addArgument(new Argument('<shell>').choices(shells))
    .addArgument(new Argument('[words...]', 'what has been typed, for the script'))
    .addOption(command.createOption('--complete', 'what may come next').hideHelp())
    .action((shell: Shell, words: string[], { complete }: { complete?: boolean }) =>
      host.tell(completion({ shell, words: complete ? words : undefined, program })),
    );
  addExamples(
    command,
    ['eval "$(vsc completion bash)"', 'in ~/.bashrc; for zsh in ~/.zshrc'],
    ['vsc completion fish', 'the script, to be kept as docs/install.md says'],
  );
}

export function completion({ shell, words, program }: CompletionOptions): Result {
  if (words === undefined) {
    return { text: scripts[shell], data: { script: scripts[shell] } };
  }
  const suggestions = suggest(program, wordsOf(shell, words), valuesOf);
  return { text: linesFor(shell, suggestions), data: { ...suggestions } };
}

/** The allowed values of a flag that stands for an environment variable. */
function valuesOf(option: Option): readonly string[] | undefined {
  const variable = Object.values(variables).find(({ flags }) =>
    flags.some(({ flag }) => flag === option.flags),
  );
  return typeof variable?.values === 'string' ? undefined : variable?.values;
}
