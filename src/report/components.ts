import { type Content, type Html, html, truncate } from './html.ts';

/**
 * A number of the model on the page: what is shown is rounded, `value` has it whole, and
 * `data-figure` names its place in the model, e.g. `score.full.found`; or words where there is none.
 */
export function figure(
  place: string,
  value: number | null | undefined,
  format: (value: number) => string,
  absent = 'none',
): Html {
  if (value === null || value === undefined) return html`<span class="none">${absent}</span>`;
  return html`<data value="${value}" data-figure="${place}">${format(value)}</data>`;
}

/** A share or score between 0 and 1: `0.6543`. */
export const formatShare = (share: number): string => share.toFixed(4);

/** A part of a whole: `65.4 %`. */
export const formatPercent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** A score of any size: `0.8123`, `17.25`, `41230`. */
export function formatScore(score: number): string {
  const size = Math.abs(score);
  if (size !== 0 && size < 1e-4) return score.toExponential(2);
  return size < 1000 ? score.toFixed(size < 10 ? 4 : 2) : score.toFixed(0);
}

/** Sentences of the model as a list; nothing where there are none. */
export function bulletList(sentences: readonly string[]): Html | false {
  const items = sentences.map((sentence) => html`<li>${truncate(sentence)}</li>`);
  return items.length > 0 && html`<ul class="next">${items}</ul>`;
}

/** Names with what they are, side by side. */
export function definitions(items: readonly (readonly [name: string, value: Content])[]) {
  return html`<dl class="amounts">${items.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`,
  )}</dl>`;
}

/** A column of a table: its heading, and what it holds. */
export interface Column {
  readonly title: string;
  readonly holds: 'words' | 'number';
}

/** A column of words. */
export const words = (title: string): Column => ({ title, holds: 'words' });

/** A column of numbers. */
export const number = (title: string): Column => ({ title, holds: 'number' });

/** A table that scrolls by itself where it is wider than the page; each row begins with its heading. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly Content[][],
): Html {
  const head = columns.map(
    ({ title, holds }) => html`<th scope="col" class="${holds}">${title}</th>`,
  );
  const cell = (content: Content, index: number) => {
    const holds = columns[index]?.holds;
    return index === 0
      ? html`<th scope="row" class="${holds}">${content}</th>`
      : html`<td class="${holds}">${content}</td>`;
  };
  return html`<div class="table" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table></div>`;
}

/** A part of the page with a heading. */
export function section(id: string, title: string, ...content: readonly Content[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}</section>
`;
}

/** What is there for those who want it: closed at first, and open in print. */
export function details(summary: string, content: Html): Html {
  return html`<details><summary>${summary}</summary>${content}</details>`;
}
