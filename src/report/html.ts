import { withoutSequences } from '../progress/output-filter.ts';
import { shortened, visible } from '../progress/visible.ts';

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

/** Most characters of one text that the page shows, but for the log: ids come from files. */
const maxLength = 400;

/** A text on one line, cut where it is beyond reading. */
export function truncate(text: string): string {
  return shortened(text.replace(/[\t\n\r ]+/g, ' '), maxLength);
}

/** A log as a terminal would leave it: no colours, and of a progress bar only its last state. */
export function plainLog(text: string): string {
  return withoutSequences(text).split('\n').map(lastState).join('\n').trimEnd();
}

/** What stays of a line that was written over, from its beginning, again and again. */
function lastState(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end -= 1;
  return line.slice(line.slice(0, end).lastIndexOf('\r') + 1, end);
}
