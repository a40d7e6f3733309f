import { shortened, visibleLine } from './visible.ts';

/** PATH_MAX of Linux: what is longer is no name of a file that is there. */
const longestPath = 4096;

/** Most characters of a name that is told beside a command. */
const longestName = 200;

/** A word as a POSIX shell reads it back. */
export function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * A command with a name in it, to be pasted. What can't be seen can't be pasted either: then `NAME`
 * stands in the name's place and the name, with its escapes, beside the command.
 */
export function toPaste(name: string, command: (word: string) => string): string {
  const canBePasted = visibleLine(name) === name && !name.includes('\ufffd');
  if (canBePasted && name.length <= longestPath) return command(shellQuoted(name));
  const shown = shortened(name, longestName);
  return `${command('NAME')} (with the name in place of NAME; it can't be pasted: ${shown})`;
}
