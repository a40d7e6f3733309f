import type { Command, Option } from 'commander';

/** What may stand where the cursor is: these words, and files or folders where `paths` says so. */
export interface Suggestions {
  readonly words: readonly { readonly word: string; readonly description: string }[];
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
  const suggestions = candidates(program, current, readLine(program, words), valuesOf);
  return {
    ...suggestions,
    words: suggestions.words.filter(({ word }) => word.startsWith(current)),
  };
}

function candidates(
  program: Command,
  current: string,
  { command, option, operands, onlyOperands }: ReturnType<typeof readLine>,
  valuesOf: ValuesOf,
): Suggestions {
  const valuesFor = (of: Option) => choices(of.argChoices ?? valuesOf(of), of.flags);
  if (option !== undefined) return valuesFor(option);
  if (!current.startsWith('-') || onlyOperands) return operandsFor(program, command, operands);
  const options = optionsOf(program, command);
  if (!current.includes('=')) {
    const described = options.map(({ long, description }) => ({ word: long ?? '', description }));
    return { words: described, paths: 'none' };
  }
  const [name] = current.split('=');
  const assigned = options.find(({ long }) => long === name);
  if (assigned === undefined) return nothing;
  const { words, paths } = valuesFor(assigned);
  return { words: words.map((each) => ({ ...each, word: `${name}=${each.word}` })), paths };
}

/** The commands, or what the command takes next. */
function operandsFor(program: Command, command: Command, operands: number): Suggestions {
  if (command === program || command.name() === 'help') {
    const named = (each: Command) => ({ word: each.name(), description: each.description() });
    return operands > 0 ? nothing : { words: commandsOf(program).map(named), paths: 'none' };
  }
  const { registeredArguments: known } = command;
  const argument = known[operands] ?? known.findLast(({ variadic }) => variadic);
  return argument === undefined ? nothing : choices(argument.argChoices, `<${argument.name()}>`);
}

/**
 * What the words before the last one come to: the command, the option whose value comes next, how many
 * words after the command belong to no option, and whether a `--` keeps more of them from being one.
 */
function readLine(program: Command, words: readonly string[]) {
  let command = program;
  let option: Option | undefined;
  let operands = 0;
  let onlyOperands = false;
  for (const word of words.slice(0, -1)) {
    if (option !== undefined) {
      option = undefined;
    } else if (word === '--') {
      onlyOperands = true;
    } else if (word.startsWith('-') && !onlyOperands) {
      const named = ({ long, short }: Option) => word === long || word === short;
      option = optionsOf(program, command).find((each) => each.required && named(each));
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

/** The program's options and the command's, each once. */
function optionsOf(program: Command, command: Command): Option[] {
  const help = program.createHelp();
  const all = [program, command].flatMap((each) => help.visibleOptions(each));
  const options = new Map(all.map((option) => [option.long, option]));
  if (command !== program) options.delete('--version');
  return [...options.values()];
}

/** The words if they can be listed; else what the placeholder says: a `<dir>`, a `<file>`, neither. */
function choices(words: readonly string[] | undefined, flags: string): Suggestions {
  if (words !== undefined) {
    return { words: words.map((word) => ({ word, description: '' })), paths: 'none' };
  }
  const placeholder = /[<[]([^>\]]*)/.exec(flags)?.[1] ?? '';
  if (/dir|folder/i.test(placeholder)) return { words: [], paths: 'folders' };
  const isFile = /file|path|zip|archive|csv|npz|log/i.test(placeholder);
  return { words: [], paths: isFile ? 'files' : 'none' };
}

/** Shells that can be taught to complete. */
export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/**
 * The words of a command line as `suggest` takes them. bash takes `--flag=value` apart at the `=`, and
 * wants only the last part back.
 */
export function wordsOf(shell: Shell, words: readonly string[]): string[] {
  if (shell !== 'bash') return [...words];
  const joined: string[] = [];
  words.forEach((word, index) => {
    const afterFlag = /^--[^=]+$/.test(joined.at(-1) ?? '') && word === '=';
    const afterEquals = words[index - 1] === '=' && (joined.at(-1)?.endsWith('=') ?? false);
    if (afterFlag || afterEquals) joined.push(`${joined.pop()}${word}`);
    else joined.push(word);
  });
  return joined;
}

/**
 * Suggestions as the scripts below read them: a word and its description, with a tab between them, a
 * line; then `:files`, `:folders` or `:none`.
 */
export function linesFor(shell: Shell, { words, paths }: Suggestions): string {
  const lines = words.map(({ word, description }) => {
    const shown = shell === 'bash' ? word.replace(/^--[^=]*=/, '') : word;
    return `${shown}\t${description}`;
  });
  return [...lines, `:${paths}`].join('\n');
}

/** The scripts that make a shell complete `vsc`. They ask `vsc` itself, which knows its commands. */
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `# vsc completion for bash. In ~/.bashrc: eval "$(vsc completion bash)"
_vsc() {
  local line current="\${COMP_WORDS[COMP_CWORD]}"
  [ "$current" = = ] && current=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :folders | :files)
        local kind=-f
        [ "$line" = :folders ] && kind=-d
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$kind" -- "$current")
        ;;
      :*) ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("$1" completion bash --complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _vsc vsc`,
  zsh: `#compdef vsc
# vsc completion for zsh. In ~/.zshrc: eval "$(vsc completion zsh)"; or as _vsc in a folder of $fpath.
_vsc() {
  local line
  local -a suggestions
  while IFS= read -r line; do
    case $line in
      :folders) _files -/ ;;
      :files) _files ;;
      :*) ;;
      *) suggestions+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <("$words[1]" completion zsh --complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#suggestions )) && _describe -t vsc vsc suggestions
}
if [ "$funcstack[1]" = _vsc ]; then
  _vsc "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _vsc vsc
fi`,
  fish: `# vsc completion for fish. Once: vsc completion fish > ~/.config/fish/completions/vsc.fish
function __vsc_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] completion fish --complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case :folders
                __fish_complete_directories (commandline -ct) ''
            case :files
                __fish_complete_path (commandline -ct) ''
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c vsc -f -a '(__vsc_complete)'`,
};
