import { areaY, gridX, gridY, lineY, type Markish } from '@observablehq/plot';
import { details, formatPercent, formatShare, number, table } from './components.ts';
import { type Html, html } from './html.ts';
import { responsivePlot } from './responsive-plot.ts';

export const grid = { ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 };
export const axis = { labelArrow: 'none', ticks: 5 } as const;

/** Precision at rising recall, of one of the two sets. */
export interface Curve {
  readonly name: 'full' | 'subset';
  /** In the legend, e.g. `full rankings`. */
  readonly title: string;
  /** A sentence for those who can't see it. */
  readonly description: string;
  readonly recall: readonly number[];
  readonly precision: readonly number[];
  /** How much that is right was found at all. */
  readonly found: number;
}

const strokes = {
  full: { colour: 'var(--full)', dash: 'none' },
  subset: { colour: 'var(--subset)', dash: '7 4' },
} as const;

/** What is particular to a drawing of curves. */
export interface CurveDrawing {
  readonly name: string;
  /** Drawn below the curves. */
  readonly marks?: readonly Markish[];
  /** Whether what is below the first curve is filled: the score is that area. */
  readonly isFilled?: boolean;
  /** Below the drawing. */
  readonly note: string;
}

/** Curves as steps, and the same as a table. */
export function drawnCurves(curves: readonly Curve[], drawing: CurveDrawing): Html {
  const { name, marks = [], isFilled = false, note } = drawing;
  const description = curves.map((curve) => curve.description).join(' ');
  const steps = { x: '0', y: '1', curve: 'step-before' } as const;
  const [first] = curves;
  const filled =
    isFilled && first !== undefined
      ? [areaY(pointsOf(first), { ...steps, fill: strokes[first.name].colour, fillOpacity: 0.1 })]
      : [];
  const plot = responsivePlot({ name, description }, (width) => ({
    x: { ...axis, domain: [0, 1], label: 'Recall', labelAnchor: 'center' },
    y: { ...axis, domain: [0, 1], label: 'Precision' },
    marks: [
      gridX(grid),
      gridY(grid),
      ...marks,
      ...filled,
      ...curves.map((curve) =>
        lineY(pointsOf(curve), {
          ...steps,
          stroke: strokes[curve.name].colour,
          strokeWidth: width === 'wide' ? 2 : 1.75,
          strokeDasharray: strokes[curve.name].dash,
        }),
      ),
    ],
  }));
  return html`<figure>${plot}
<figcaption>${curves.map(legend)}<span>${note}</span></figcaption></figure>
${details('The curves as a table', curveTable(curves))}`;
}

/** Where a curve ends, in words. */
export function endOf({ recall, precision }: Pick<Curve, 'recall' | 'precision'>): string {
  return `end at ${formatPercent(recall.at(-1) ?? 0)} recall with ${formatPercent(precision.at(-1) ?? 0)} precision`;
}

/** Recall and precision at each point; from a recall of 0, where the first precision holds too. */
function pointsOf({ recall, precision }: Curve): (readonly number[])[] {
  const points = recall.map((at, index) => [at, precision[index] ?? 0]);
  return recall[0] === 0 ? points : [[0, precision[0] ?? 0], ...points];
}

function legend({ name, title }: Curve): Html {
  const { colour, dash } = strokes[name];
  return html`<span class="key"><svg aria-hidden="true" width="28" height="10" viewBox="0 0 28 10"><path d="M0 5H28" fill="none" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg> ${title}</span>`;
}

function curveTable(curves: readonly Curve[]): Html {
  const levels = Array.from({ length: 10 }, (_, index) => (index + 1) / 10);
  return table(
    'Highest precision at a recall of at least …',
    ['Recall', ...curves.map(({ name }) => name)].map(number),
    levels.map((level) => [
      level.toFixed(1),
      ...curves.map(({ recall, precision }) => {
        const reached = precision.filter((_, at) => (recall[at] ?? 0) >= level - 1e-9);
        return reached.length === 0
          ? html`<span class="none">not reached</span>`
          : formatShare(Math.max(...reached));
      }),
    ]),
  );
}
