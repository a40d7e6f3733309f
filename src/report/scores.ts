import { gridX, gridY, lineY, rectY, ruleY, type TextOptions, text } from '@observablehq/plot';
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
import { finder, framesNote, videoCell } from './frames.ts';
import { type Html, html } from './html.ts';
import { responsivePlot, smallPlot } from './responsive-plot.ts';

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

const grid = { ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 };
const axis = { labelArrow: 'none', ticks: 5 } as const;

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly dash: string;
  readonly score: RankingScore;
}

/** The precision–recall curves of both rankings, and the same as a table. */
function precisionRecallCurves({ full, subset }: SubmissionScore): Html {
  const both: Curve[] = [{ name: 'full', colour: 'var(--full)', dash: 'none', score: full }];
  if (subset) both.push({ name: 'subset', colour: 'var(--subset)', dash: '7 4', score: subset });
  const curves = both.filter(({ score }) => score.found > 0 && score.curve.recall.length > 0);
  if (curves.length === 0) {
    return html`<p class="none">No true pair was found: there is no curve to draw.</p>`;
  }
  const name = 'Precision–recall curves';
  const description = curves.map(describeCurve).join(' ');
  const plot = responsivePlot({ name, description }, (width) => ({
    x: { ...axis, domain: [0, 1], label: 'Recall', labelAnchor: 'center' },
    y: { ...axis, domain: [0, 1], label: 'Precision' },
    marks: [
      gridX(grid),
      gridY(grid),
      ruleY([0.9], { stroke: 'var(--muted)', strokeDasharray: '1 4', strokeLinecap: 'round' }),
      ...curves.map(({ score, colour, dash }) =>
        lineY(pointsOf(score), {
          x: '0',
          y: '1',
          curve: 'step-before',
          stroke: colour,
          strokeWidth: width === 'wide' ? 2 : 1.75,
          strokeDasharray: dash,
        }),
      ),
    ],
  }));
  return html`<figure>${plot}
<figcaption>${curves.map(legend)}<span>The dotted line is 90 % precision.</span></figcaption></figure>
${details('The curves as a table', curveTable(curves))}`;
}

/** Recall and precision at each point; from a recall of 0, where the first precision holds too. */
function pointsOf({ curve: { recall, precision } }: RankingScore): (readonly number[])[] {
  const points = recall.map((at, index) => [at, precision[index] ?? 0]);
  return recall[0] === 0 ? points : [[0, precision[0] ?? 0], ...points];
}

function describeCurve({ name, score: { curve, recallAtPrecision90 } }: Curve): string {
  return `The ${name} rankings keep 90 % precision up to a recall of ${formatPercent(recallAtPrecision90)} and end at ${formatPercent(curve.recall.at(-1) ?? 0)} recall with ${formatPercent(curve.precision.at(-1) ?? 0)} precision.`;
}

function legend({ name, colour, dash }: Curve): Html {
  return html`<span class="key"><svg aria-hidden="true" width="28" height="10" viewBox="0 0 28 10"><path d="M0 5H28" fill="none" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg> ${name} rankings</span>`;
}

function curveTable(curves: readonly Curve[]): Html {
  const levels = Array.from({ length: 10 }, (_, index) => (index + 1) / 10);
  return table(
    'Highest precision at a recall of at least …',
    ['Recall', ...curves.map(({ name }) => name)].map(number),
    levels.map((level) => [
      level.toFixed(1),
      ...curves.map(({ score: { curve } }) => {
        const reached = curve.precision.filter((_, at) => (curve.recall[at] ?? 0) >= level - 1e-9);
        return reached.length === 0
          ? html`<span class="none">not reached</span>`
          : formatShare(Math.max(...reached));
      }),
    ]),
  );
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
