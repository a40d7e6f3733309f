import { causes } from '../causes.ts';
import { formatBytes, formatCount } from '../progress/format.ts';
import { formatShare, number, section, table, words } from '../report/components.ts';
import { htmlDocument } from '../report/document.ts';
import { type Content, html, truncate } from '../report/html.ts';
import type { Told } from './told.ts';

/** What all submissions were judged by, in words. */
export interface Conditions {
  readonly track: string;
  readonly dataset: string;
  /** The name of the figure that ranks them. */
  readonly metric: string;
}

/** The table of a batch as one page, whose links lead to the submissions' reports beside it. */
export function batchPage(rows: readonly Told[], { track, dataset, metric }: Conditions): string {
  const numberOf = (wanted: Told['verdict']) =>
    rows.filter(({ verdict }) => verdict === wanted).length;
  const counts = verdicts.flatMap(([verdict, text]) => {
    const count = numberOf(verdict);
    return count > 0 ? `${formatCount(count)} ${text}` : [];
  });
  return htmlDocument({
    title: `${formatCount(rows.length)} submissions: ${truncate(dataset)}`,
    main: html`<header>
<p class="track">${truncate(track)}</p>
<h1>${rows.length === 1 ? 'A submission' : `${formatCount(rows.length)} submissions`}</h1>
<p class="when">${truncate(dataset)} data: ${counts.join(', ')}</p>
</header>
${ranking(rows, metric)}${others(rows)}`,
    footer: html`Made by vsc; the same as numbers: <code>results.csv</code> and <code>results.json</code> beside this page.`,
  });
}

const verdicts: readonly (readonly [Told['verdict'], string])[] = [
  ['runs', 'run'],
  ['failed', 'failed'],
  ['invalid', 'invalid'],
  ['not judged', 'not judged'],
  ['waiting', 'waiting'],
];

function ranking(rows: readonly Told[], metric: string): Content {
  const runs = rows.filter(({ verdict }) => verdict === 'runs');
  if (runs.length === 0) return false;
  const columns = [
    number('rank'),
    words('submission'),
    number(metric),
    number('on the subset'),
    number('seconds per query'),
    number('peak memory'),
    words('main.py'),
  ];
  const cells = runs.map((row): Content[] => [
    row.rank ?? '',
    name(row),
    row.score === null ? '' : formatShare(row.score),
    row.subsetScore === null ? '' : formatShare(row.subsetScore),
    row.secondsPerQuery === null ? '' : row.secondsPerQuery.toFixed(2),
    row.peakMemoryBytes === null ? '' : formatBytes(row.peakMemoryBytes),
    row.reproduction === null ? '' : (reproductions[row.reproduction] ?? 'not compared'),
  ]);
  return section(
    'ranking',
    'Ranking',
    table('Submissions that run, the best first', columns, cells),
  );
}

function others(rows: readonly Told[]): Content {
  const others = rows.filter(({ verdict }) => verdict !== 'runs');
  if (others.length === 0) return false;
  const columns = [words('submission'), words('verdict'), words('why')];
  const cells = others.map((row): Content[] => [
    name(row),
    html`<strong class="${row.verdict.replace(' ', '-')}-verdict">${row.verdict}</strong>`,
    html`${row.cause !== null && html`${sentence(causes[row.cause])} `}<span class="note">${row.message !== null && truncate(row.message)}</span>`,
  ]);
  return section('others', 'Not ranked', table('Submissions that do not run', columns, cells));
}

function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
}

/** What a submission's code makes, against what was submitted. */
const reproductions: Readonly<Record<string, string>> = {
  reproduces: 'makes what was submitted',
  close: 'makes nearly the same',
  differs: 'makes something else',
};

function name({ submission, report }: Told): Content {
  const text = truncate(submission);
  return report === null ? text : html`<a href="${linkTo(report)}">${text}</a>`;
}

/** A relative link, whatever is in the names of folders. */
function linkTo(path: string): string {
  return `./${path.split('/').map(encodeURIComponent).join('/')}`;
}
