import { gridY, rectY, ruleY, text } from '@observablehq/plot';
import type { RankingScore } from '../scoring/score.ts';
import { smallDrawing } from './drawing.ts';
import { formatCount, formatPercent, formatScore, more, table } from './figures.ts';
import { type Html, html } from './html.ts';

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
