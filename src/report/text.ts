import { stripVTControlCharacters } from 'node:util';

/**
 * Characters that show nothing, or change what others show: controls but for tab and line feed,
 * formatting ones (bidirectional, zero-width, tags), odd line ends and halves of characters. A text
 * that turns around (U+202E) could otherwise show a file name that it doesn't have.
 */
const unseen = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?![\t\n])\p{Cc}/gu;

/** Most characters of one text that the page shows, but for the log: ids come from files. */
const longest = 400;

/** A text with what can't be seen made visible, e.g. `⟨U+202E⟩`. */
export function visible(text: string): string {
  return text.replace(unseen, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** A text of one line, cut where it is beyond reading. */
export function brief(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= longest
    ? line
    : `${line.slice(0, longest)}… (${line.length - longest} more characters)`;
}

/** A log as a terminal would leave it: no colours, and of a progress bar only its last state. */
export function plainLog(text: string): string {
  return stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').split('\r').at(-1) ?? '')
    .join('\n')
    .trimEnd();
}
