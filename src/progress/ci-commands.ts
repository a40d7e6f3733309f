/** `::name::`, which GitHub's runner obeys at the start of a line, after whatever white space. */
const atStart = /^([^\S\r\n]*:):/gm;

/** `##[name]`, `##vso[name]`, `##teamcity[name]`, which runners obey wherever in a line they stand. */
const anywhere = /(##[a-z]{0,16})\[/gi;

/** What folds the following lines away, at GitLab. */
const section = /(section_(?:start|end)):/g;

/** The longest beginning of one of these, as far as it has to be remembered. */
const longestBeginning = 20;

/** Text in which a CI finds no commands: one character of each is shown as an escape. */
export function withoutCommands(text: string): string {
  return text.replace(atStart, '$1\\x3a').replace(anywhere, '$1\\x5b').replace(section, '$1\\x3a');
}

/** What of the last line of a text that has no commands may be the beginning of one. */
export function beginningOfCommand(text: string): string {
  const start = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
  const line = text.slice(start).trimStart();
  return line.length <= longestBeginning ? line : `…${line.slice(-longestBeginning)}`;
}
