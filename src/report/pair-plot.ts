import { gridX, gridY, link, rect } from '@observablehq/plot';
import { formatCount } from '../progress/format.ts';
import type { PairLoss, SegmentTimes } from '../scoring/score.ts';
import { axis, grid } from './curves.ts';
import { formatTime } from './frames.ts';
import { type Html, html } from './html.ts';
import { smallPlot } from './responsive-plot.ts';

/** Seconds beyond which nothing is drawn: a model may say anything. */
const furthest = 1e9;

/** What of an axis a segment takes at least, or it would not be seen. */
const least = 1 / 200;

/** The outlines: a true segment is filled, a predicted one dashed and crossed the way it runs. */
const outlines = {
  true: { stroke: 'var(--true)', strokeWidth: 1.5, fill: 'var(--true)', fillOpacity: 0.22 },
  predicted: { stroke: 'var(--full)', strokeWidth: 1.5, strokeDasharray: '5 3' },
} as const;

/** A pair's segments: query time across, reference time down. */
export function pairPlot({ query, reference, truth, predicted, ...pair }: PairLoss): Html {
  const [across, down] = [
    domainOf([...truth, ...predicted].map(({ queryStart, queryEnd }) => [queryStart, queryEnd])),
    domainOf([...truth, ...predicted].map((one) => [one.referenceStart, one.referenceEnd])),
  ];
  const boxes = (segments: readonly SegmentTimes[]) =>
    segments.map((one) => {
      const [x1, x2] = drawn([one.queryStart, one.queryEnd], across);
      const [y1, y2] = drawn([one.referenceStart, one.referenceEnd], down);
      return { x1, x2, y1, y2 };
    });
  const sides = { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2' } as const;
  const { stroke, strokeWidth } = outlines.predicted;
  const alternative = {
    name: `Segments of ${query} in ${reference}`,
    description: `${told('true', pair.trueSegments, truth)} ${told('predicted', pair.segments, predicted)}`,
  };
  const time = { ...axis, tickFormat: (at: number) => formatTime(at).replace(/\.0$/, '') };
  return smallPlot(alternative, {
    x: { ...time, domain: across, label: 'Query', labelAnchor: 'center' },
    y: { ...time, domain: down, reverse: true, label: 'Reference' },
    marginLeft: 52,
    marks: [
      gridX(grid),
      gridY(grid),
      rect(boxes(truth), { ...sides, ...outlines.true }),
      rect(boxes(predicted), { ...sides, ...outlines.predicted, fill: 'none' }),
      link(boxes(predicted), { ...sides, stroke, strokeWidth: strokeWidth / 2 }),
    ],
  });
}

/** What the outlines mean. */
export function pairKey(): Html {
  const { true: ofTruth, predicted } = outlines;
  return html`<p><span class="key"><svg aria-hidden="true" width="28" height="14" viewBox="0 0 28 14"><path d="M1 1H27V13H1Z" fill="${ofTruth.fill}" fill-opacity="${ofTruth.fillOpacity}" stroke="${ofTruth.stroke}" stroke-width="1.5"/></svg> true segment</span> <span class="key"><svg aria-hidden="true" width="28" height="14" viewBox="0 0 28 14"><path d="M1 1H27V13H1Z" fill="none" stroke="${predicted.stroke}" stroke-width="1.5" stroke-dasharray="5 3"/><path d="M1 1L27 13" stroke="${predicted.stroke}" stroke-width=".75"/></svg> predicted segment</span></p>`;
}

type Span = readonly [start: number, end: number];

/** From a little before the first to a little after the last. */
function domainOf(spans: readonly Span[]): [number, number] {
  const times = spans.flat().map(within);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const room = Math.max(0.5, (to - from) * 0.06);
  return [from - Math.min(room, Math.max(0, from)), to + room];
}

/** A span on its axis: as long as can be seen, also if it has no length or is reversed. */
function drawn([start, end]: Span, [from, to]: Span): Span {
  const begin = within(start);
  return [begin, Math.max(within(end), begin + (to - from) * least)];
}

function within(seconds: number): number {
  return Math.min(furthest, Math.max(-furthest, seconds));
}

function told(kind: string, count: number, segments: readonly SegmentTimes[]): string {
  const [first] = segments;
  if (first === undefined) return `There is no ${kind} segment.`;
  const { queryStart, queryEnd, referenceStart, referenceEnd } = first;
  const [of, to] = [
    `${formatTime(queryStart)} to ${formatTime(queryEnd)}`,
    `${formatTime(referenceStart)} to ${formatTime(referenceEnd)}`,
  ];
  return `${kind === 'true' ? 'True' : 'Predicted'} segments: ${formatCount(count)}; the first is ${of} of the query, ${to} of the reference.`;
}
