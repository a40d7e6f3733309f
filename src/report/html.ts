import { stripVTControlCharacters } from 'node:util';

/** Markup that may go into the page as it is. Made by `html` and `markup` only. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: texts and numbers are escaped, `undefined` and `false` are nothing. */
export type Content = Html | string | number | false | undefined | readonly Content[];

/** A template whose values are escaped, so that no text becomes markup by being forgotten. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  const parts = strings.map((part, index) =>
    index === 0 ? part : `${render(values[index - 1])}${part}`,
  );
  return new Html(parts.join(''));
}

/** Text that is known to be markup: a library's drawing or a constant of ours, never data. */
export function markup(text: string): Html {
  return new Html(text);
}

function render(value: Content): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return value.map(render).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

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
