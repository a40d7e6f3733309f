import { stripVTControlCharacters } from 'node:util';

/** Markup that goes into the page as it is: made by `html`, by a library or by us, never data. */
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
  return new Html(String.raw({ raw: strings }, ...values.map(render)));
}

function render(value: Content): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return visible(String(value)).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Characters that show nothing, or change what others show: controls but for tab and line feed,
 * formatting ones (bidirectional, zero-width, tags), odd line ends and halves of characters. A text
 * that turns around (U+202E) could otherwise show a file name that it doesn't have.
 */
const invisible = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?![\t\n])\p{Cc}/gu;

/** A text with what can't be seen made visible, e.g. `⟨U+202E⟩`. */
export function visible(text: string): string {
  return text.replace(invisible, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** Most characters of one text that the page shows, but for the log: ids come from files. */
const maxLength = 400;

/** A text on one line, cut where it is beyond reading. */
export function truncate(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  const more = line.length - maxLength;
  return more <= 0 ? line : `${line.slice(0, maxLength)}… (${more} more characters)`;
}

/** A log as a terminal would leave it: no colours, and of a progress bar only its last state. */
export function plainLog(text: string): string {
  return stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').split('\r').at(-1) ?? '')
    .join('\n')
    .trimEnd();
}
