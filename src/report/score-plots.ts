import { gridX, gridY, lineY, rectY, ruleY, text } from '@observablehq/plot';
import type { RankingScore, SubmissionScore } from '../scoring/score.ts';
import { formatCount, formatPercent, formatScore, formatShare, more, table } from './components.ts';
import { type Html, html } from './html.ts';
import { type Alternative, drawing, type Paper, smallDrawing } from './responsive-plot.ts';

type Curve = RankingScore['curve'];
type Point = readonly [recall: number, precision: number];

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly dash: string;
  readonly score: RankingScore;
}

/** Recall at which the table says the precision. */
const levels = Array.from({ length: 10 }, (_, index) => (index + 1) / 10);

/** The precision–recall curves of both rankings, and the same as a table. */
export function curves(score: SubmissionScore): Html {
  const lines: Line[] = [
    { name: 'full', colour: 'var(--full)', dash: 'none', score: score.full },
    ...(score.subset
      ? [{ name: 'subset', colour: 'var(--subset)', dash: '7 4', score: score.subset }]
      : []),
  ];
  const drawn = lines.filter((line) => line.score.found > 0 && line.score.curve.recall.length > 0);
  if (drawn.length === 0) {
    return html`<p class="none">No true pair was found: there is no curve to draw.</p>`;
  }
  return html`<figure>${drawing(alternativeOf(drawn), (paper) => ({
    x: { domain: [0, 1], label: 'Recall', labelAnchor: 'center', labelArrow: 'none', ticks: 5 },
    y: { domain: [0, 1], label: 'Precision', labelArrow: 'none', ticks: 5 },
    marks: [
      gridX({ ticks: 5, strokeOpacity: 1, stroke: 'var(--line)' }),
      gridY({ ticks: 5, strokeOpacity: 1, stroke: 'var(--line)' }),
      ruleY([0.9], { stroke: 'var(--muted)', strokeDasharray: '1 4', strokeLinecap: 'round' }),
      ...drawn.flatMap((line) => marksOf(line, paper)),
    ],
  }))}
<figcaption>${drawn.map((line) => key(line))}<span>The dotted line is 90 % precision.</span></figcaption></figure>
${more('The curves as a table', curveTable(drawn))}`;
}

function marksOf(line: Line, paper: Paper) {
  const points = pointsOf(line.score.curve);
  const style = { x: '0', y: '1', curve: 'step-before' } as const;
  return [
    lineY(points, {
      ...style,
      stroke: line.colour,
      strokeWidth: paper.kind === 'wide' ? 2 : 1.75,
      strokeDasharray: line.dash,
    }),
  ];
}

function pointsOf({ recall, precision }: Curve): Point[] {
  const points = recall.map((at, index): Point => [at, precision[index] ?? 0]);
  const [first] = points;
  return first !== undefined && first[0] > 0 ? [[0, first[1]], ...points] : points;
}

function key({ name, colour, dash }: Line): Html {
  return html`<span class="key"><svg aria-hidden="true" width="28" height="10" viewBox="0 0 28 10"><path d="M0 5H28" fill="none" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg> ${name} rankings</span>`;
}

function alternativeOf(lines: readonly Line[]): Alternative {
  const sentences = lines.map(
    ({ name, score }) =>
      `The ${name} rankings keep 90 % precision up to a recall of ${formatPercent(score.recallAtPrecision90)} and end at ${formatPercent(score.curve.recall.at(-1) ?? 0)} recall with ${formatPercent(score.curve.precision.at(-1) ?? 0)} precision.`,
  );
  return { name: 'Precision–recall curves', description: sentences.join(' ') };
}

function curveTable(lines: readonly Line[]): Html {
  return table(
    'Highest precision at a recall of at least …',
    [
      { title: 'Recall', numeric: true },
      ...lines.map(({ name }) => ({ title: name, numeric: true })),
    ],
    levels.map((level) => [
      level.toFixed(1),
      ...lines.map(({ score }) => {
        const best = precisionFrom(score.curve, level);
        return best === undefined ? html`<span class="none">not reached</span>` : formatShare(best);
      }),
    ]),
  );
}

/** The highest precision among the points whose recall is at least `level`. */
function precisionFrom({ recall, precision }: Curve, level: number): number | undefined {
  const there = precision.filter((_, index) => (recall[index] ?? 0) >= level - 1e-9);
  return there.length === 0 ? undefined : Math.max(...there);
}

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly truePairs: number;
  readonly falsePairs: number;
}

/**
 * Scores of true pairs upwards and of false ones downwards, each as shares of their own number:
 * there are far more false ones, and on one scale the true ones would vanish.
 */
export function histogram(name: string, score: RankingScore): Html {
  const bins = binsOf(score);
  const trueTotal = sum(bins.map(({ truePairs }) => truePairs));
  const falseTotal = sum(bins.map(({ falsePairs }) => falsePairs));
  const title = `Scores of the ${name} rankings`;
  if (trueTotal + falseTotal === 0) {
    return html`<figure><h3>${title}</h3><p class="none">There are no pairs.</p></figure>`;
  }
  const share = (part: number, total: number) => (total === 0 ? 0 : part / total);
  const up = (bin: Bin) => share(bin.truePairs, trueTotal);
  const down = (bin: Bin) => -share(bin.falsePairs, falseTotal);
  const reach = Math.max(...bins.map((bin) => Math.max(up(bin), -down(bin))));
  const bars = { x1: 'from', x2: 'to', insetLeft: 0.5, insetRight: 0.5 } as const;
  const label = {
    fontWeight: 600,
    stroke: 'var(--paper)',
    strokeWidth: 4,
    frameAnchor: 'top-left',
    dx: 6,
  } as const;
  const alternative = {
    name: `${title}: histogram of true and false pairs`,
    description: `${describe('true', trueTotal, bins, 'truePairs')} ${describe('false', falseTotal, bins, 'falsePairs')}`,
  };
  return html`<figure><h3>${title}</h3>${smallDrawing(alternative, {
    x: { label: 'Score', labelAnchor: 'center', labelArrow: 'none', ticks: 5 },
    y: {
      domain: [-reach * 1.15, reach * 1.15],
      label: 'Share of the pairs of that kind',
      labelArrow: 'none',
      ticks: 5,
      tickFormat: (at: number) => `${Math.round(Math.abs(at) * 100)} %`,
    },
    marks: [
      gridY({ ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 }),
      rectY(bins, { ...bars, y1: 0, y2: up, fill: 'var(--true)' }),
      rectY(bins, { ...bars, y1: 0, y2: down, fill: 'var(--false)' }),
      ruleY([0], { stroke: 'var(--muted)' }),
      text([`${formatCount(trueTotal)} true`], { ...label, fill: 'var(--true)', dy: 6 }),
      text([`${formatCount(falseTotal)} false`], {
        ...label,
        frameAnchor: 'bottom-right',
        dx: -6,
        fill: 'var(--false)',
        dy: -6,
      }),
    ],
  })}
${more('The histogram as a table', binTable(title, bins))}</figure>`;
}

function binsOf({ histogram }: RankingScore): Bin[] {
  const { edges, truePairs, falsePairs } = histogram;
  return edges.slice(0, -1).map((from, index) => ({
    from,
    to: edges[index + 1] ?? from,
    truePairs: truePairs[index] ?? 0,
    falsePairs: falsePairs[index] ?? 0,
  }));
}

function describe(
  kind: string,
  total: number,
  bins: readonly Bin[],
  count: 'truePairs' | 'falsePairs',
): string {
  if (total === 0) return `There is no ${kind} pair.`;
  const most = bins.reduce((best, bin) => (bin[count] > best[count] ? bin : best));
  const share = formatPercent(most[count] / total);
  return `Of ${formatCount(total)} ${kind} pairs most, ${share}, score between ${formatScore(most.from)} and ${formatScore(most.to)}.`;
}

function binTable(title: string, bins: readonly Bin[]): Html {
  const numeric = true;
  return table(
    title,
    [
      { title: 'From', numeric },
      { title: 'to', numeric },
      { title: 'True pairs', numeric },
      { title: 'False pairs', numeric },
    ],
    bins.map((bin) => [
      formatScore(bin.from),
      formatScore(bin.to),
      formatCount(bin.truePairs),
      formatCount(bin.falsePairs),
    ]),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
