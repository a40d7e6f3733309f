import type { Suggestions } from './suggest.ts';

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
