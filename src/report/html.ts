import { visible } from './text.ts';

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
