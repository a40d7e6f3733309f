import { formatBytes, formatCount, formatSeconds } from '../progress/format.ts';
import { type Html, html } from './html.ts';

/**
 * A number of the model on the page: what is shown is rounded, `value` has it whole, and
 * `data-figure` names its place in the model, e.g. `score.full.found`.
 */
export function figure(place: string, value: number, format: (value: number) => string): Html {
  return html`<data value="${value}" data-figure="${place}">${format(value)}</data>`;
}

/** As `figure`, or words where there is no number. */
export function figureOr(
  words: string,
  place: string,
  value: number | null | undefined,
  format: (value: number) => string,
): Html {
  return value === null || value === undefined
    ? html`<span class="none">${words}</span>`
    : figure(place, value, format);
}

/** A share or score between 0 and 1: `0.6543`. */
export function formatShare(share: number): string {
  return share.toFixed(4);
}

/** A part of a whole: `65.4 %`. */
export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A score of any size: `0.8123`, `17.25`, `41230`. */
export function formatScore(score: number): string {
  const size = Math.abs(score);
  if (size !== 0 && size < 1e-4) return score.toExponential(2);
  return size < 1000 ? score.toFixed(size < 10 ? 4 : 2) : score.toFixed(0);
}

export { formatBytes, formatCount, formatSeconds };

/** A column: its heading, and whether it holds numbers. */
export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

/** A table that scrolls by itself where it is wider than the page. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly (Html | string)[])[],
): Html {
  const cellClass = (index: number) => (columns[index]?.numeric ? 'number' : 'words');
  const head = columns.map(
    ({ title }, index) => html`<th scope="col" class="${cellClass(index)}">${title}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr>${row.map((cell, index) => (index === 0 ? html`<th scope="row" class="${cellClass(index)}">${cell}</th>` : html`<td class="${cellClass(index)}">${cell}</td>`))}</tr>\n`,
  );
  return html`<div class="table" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}

/** A part of the page with a heading. */
export function section(
  id: string,
  title: string,
  ...content: readonly (Html | undefined)[]
): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}</section>
`;
}

/** What is there for those who want it: closed at first, and open in print. */
export function more(summary: string, content: Html): Html {
  return html`<details><summary>${summary}</summary>${content}</details>`;
}
