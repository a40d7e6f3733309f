import { gridY, rectY, ruleY, type TextOptions, text } from '@observablehq/plot';
import type { Frames } from '../frames/frames.ts';
import { formatCount } from '../progress/format.ts';
import type { QueryLoss, RankedPair, RankingScore, SubmissionScore } from '../scoring/score.ts';
import {
  details,
  figure,
  formatPercent,
  formatScore,
  formatShare,
  number,
  section,
  table,
  words,
} from './components.ts';
import { axis, type Curve, drawnCurves, endOf, grid } from './curves.ts';
import { finder, framesNote, videoCell } from './frames.ts';
import { type Html, html } from './html.ts';
import { smallPlot } from './responsive-plot.ts';

/** What the score is made of, and where it could rise. */
export function scoreSections(score: SubmissionScore, frames?: Frames): Html {
  const { full, subset } = score;
  const ofSubset = (content: Html) => details('The same in the subset', content);
  return html`${section('curves', 'Precision and recall', precisionRecallCurves(score))}${section(
    'scores',
    'Score distribution',
    html`<p class="lead">The further apart the two, the better a threshold separates them.</p>
<div class="pair">${histogram('full', full)}${subset && histogram('subset', subset)}</div>`,
  )}${section(
    'queries',
    'Worst queries',
    html`<p class="lead">By how much the score would rise if all true pairs of the query came first.</p>`,
    framesNote(frames),
    worstQueries('full', full.worstQueries, frames),
    subset && ofSubset(worstQueries('subset', subset.worstQueries)),
  )}${section(
    'false-pairs',
    'False pairs with the highest scores',
    html`<p class="lead">Not in the ground truth, yet ranked before true ones.</p>`,
    falsePairs('full', full.topFalsePairs, frames),
    subset && ofSubset(falsePairs('subset', subset.topFalsePairs)),
  )}`;
}

function worstQueries(
  name: keyof SubmissionScore,
  queries: readonly QueryLoss[],
  frames?: Frames,
): Html {
  if (queries.length === 0) return html`<p class="none">No query loses anything.</p>`;
  const momentsOf = finder(frames);
  return table(
    `Queries of the ${name} rankings with the greatest loss`,
    [words('Query'), words('True reference'), number('Loss'), number('Found'), number('Best rank')],
    queries.map(({ query, reference, loss, found, truePairs, bestRank }, index) => {
      const moments = reference === undefined ? undefined : momentsOf(query, reference);
      const place = `score.${name}.worstQueries.${index}`;
      return [
        videoCell(query, moments?.queryMoment),
        reference !== undefined && videoCell(reference, moments?.referenceMoment),
        figure(`${place}.loss`, loss, formatShare),
        html`${figure(`${place}.found`, found, formatCount)} of ${figure(`${place}.truePairs`, truePairs, formatCount)}`,
        figure(`${place}.bestRank`, bestRank, formatCount, 'not ranked'),
      ];
    }),
  );
}

function falsePairs(
  name: keyof SubmissionScore,
  pairs: readonly RankedPair[],
  frames?: Frames,
): Html {
  if (pairs.length === 0) return html`<p class="none">There is no false pair.</p>`;
  const momentsOf = finder(frames);
  return table(
    `False pairs of the ${name} rankings, best first`,
    [number('Rank'), words('Query'), words('Reference'), number('Score')],
    pairs.map(({ rank, query, reference, score }, index) => {
      const place = `score.${name}.topFalsePairs.${index}`;
      const moments = momentsOf(query, reference);
      return [
        figure(`${place}.rank`, rank, formatCount),
        videoCell(query, moments?.queryMoment),
        videoCell(reference, moments?.referenceMoment),
        figure(`${place}.score`, score, formatScore),
      ];
    }),
  );
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

/** The precision–recall curves of both rankings, and the same as a table. */
function precisionRecallCurves({ full, subset }: SubmissionScore): Html {
  const both: Curve[] = [curve('full', full)];
  if (subset) both.push(curve('subset', subset));
  const curves = both.filter(({ found, recall }) => found > 0 && recall.length > 0);
  if (curves.length === 0) {
    return html`<p class="none">No true pair was found: there is no curve to draw.</p>`;
  }
  return drawnCurves(curves, {
    name: 'Precision–recall curves',
    marks: [
      ruleY([0.9], { stroke: 'var(--muted)', strokeDasharray: '1 4', strokeLinecap: 'round' }),
    ],
    note: 'The dotted line is 90 % precision.',
  });
}

function curve(name: keyof SubmissionScore, score: RankingScore): Curve {
  const { found, recallAtPrecision90, curve } = score;
  const title = `${name} rankings`;
  const description = `The ${title} keep 90 % precision up to a recall of ${formatPercent(recallAtPrecision90)} and ${endOf(curve)}.`;
  return { name, title, description, found, ...curve };
}

/**
 * Scores of true pairs upwards and of false ones downwards, each as shares of their own number:
 * there are far more false ones, and on one scale the true ones would vanish.
 */
export function histogram(name: keyof SubmissionScore, { histogram }: RankingScore): Html {
  const { edges, truePairs, falsePairs } = histogram;
  const title = `Scores of the ${name} rankings`;
  const [trueTotal, falseTotal] = [sum(truePairs), sum(falsePairs)];
  if (trueTotal + falseTotal === 0) {
    return html`<figure><h3>${title}</h3><p class="none">There are no pairs.</p></figure>`;
  }
  const bins = truePairs.map((trueCount, index) => {
    const from = edges[index] ?? 0;
    const to = edges[index + 1] ?? from;
    const falseCount = falsePairs[index] ?? 0;
    const up = trueCount / (trueTotal || 1);
    const down = -falseCount / (falseTotal || 1);
    return { from, to, trueCount, falseCount, up, down };
  });
  const reach = 1.15 * Math.max(...bins.map(({ up, down }) => Math.max(up, -down)));
  const bars = { x1: 'from', x2: 'to', insetLeft: 0.5, insetRight: 0.5, y1: 0 } as const;
  const alternative = {
    name: `${title}: histogram of true and false pairs`,
    description: `${describePairs('true', edges, truePairs)} ${describePairs('false', edges, falsePairs)}`,
  };
  const plot = smallPlot(alternative, {
    x: { ...axis, label: 'Score', labelAnchor: 'center' },
    y: {
      ...axis,
      domain: [-reach, reach],
      label: 'Share of the pairs of that kind',
      tickFormat: (at: number) => `${Math.round(Math.abs(at) * 100)} %`,
    },
    marks: [
      gridY(grid),
      rectY(bins, { ...bars, y2: 'up', fill: 'var(--true)' }),
      rectY(bins, { ...bars, y2: 'down', fill: 'var(--false)' }),
      ruleY([0], { stroke: 'var(--muted)' }),
      totalLabel('true', trueTotal, { frameAnchor: 'top-left', dx: 6, dy: 6 }),
      totalLabel('false', falseTotal, { frameAnchor: 'bottom-right', dx: -6, dy: -6 }),
    ],
  });
  const asTable = table(
    title,
    ['From', 'to', 'True pairs', 'False pairs'].map(number),
    bins.map(({ from, to, trueCount, falseCount }) => [
      ...[from, to].map(formatScore),
      ...[trueCount, falseCount].map(formatCount),
    ]),
  );
  return html`<figure><h3>${title}</h3>${plot}
${details('The histogram as a table', asTable)}</figure>`;
}

function totalLabel(kind: 'true' | 'false', total: number, place: TextOptions) {
  const style = { fontWeight: 600, stroke: 'var(--paper)', strokeWidth: 4 };
  return text([`${formatCount(total)} ${kind}`], { ...style, fill: `var(--${kind})`, ...place });
}

function describePairs(kind: string, edges: readonly number[], counts: readonly number[]): string {
  const total = sum(counts);
  if (total === 0) return `There is no ${kind} pair.`;
  const most = Math.max(...counts);
  const at = counts.indexOf(most);
  const [from = 0, to = from] = edges.slice(at, at + 2);
  return `Of ${formatCount(total)} ${kind} pairs most, ${formatPercent(most / total)}, score between ${formatScore(from)} and ${formatScore(to)}.`;
}
