import { type PlotOptions, plot } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Html, html, markup } from './html.ts';

/** A figure's text alternatives: a name, and what it shows in a sentence or two. */
export interface Alternative {
  readonly name: string;
  readonly description: string;
}

/** What a plot is drawn for: a phone's width, or a desktop's. Lengths in CSS pixels. */
export interface Paper {
  readonly kind: 'narrow' | 'wide';
  readonly width: number;
  readonly height: number;
}

/** A phone in portrait leaves this much between its margins. */
const narrow: Paper = { kind: 'narrow', width: 350, height: 300 };

/** The page's own measure. */
const wide: Paper = { kind: 'wide', width: 760, height: 400 };

/**
 * Draws a plot as static SVG, once for each width: scaled down from one drawing, its labels would be
 * unreadable on a phone. The style sheet shows one of the two. Colours are the page's own properties
 * (`var(--…)`), so that they follow light and dark.
 */
export function drawing(alternative: Alternative, options: (paper: Paper) => PlotOptions): Html {
  return html`${[narrow, wide].map((paper) => draw(alternative, paper, options(paper)))}`;
}

/** As `drawing`, for a figure that is as narrow on a desktop as on a phone. */
export function smallDrawing(alternative: Alternative, options: PlotOptions): Html {
  return draw(alternative, { kind: 'narrow', width: 350, height: 260 }, options, 'plot');
}

function draw(
  { name, description }: Alternative,
  paper: Paper,
  options: PlotOptions,
  className = `plot ${paper.kind}`,
): Html {
  const { document } = parseHTML('<!doctype html><html></html>');
  const svg = plot({
    document,
    width: paper.width,
    height: paper.height,
    marginLeft: 44,
    marginBottom: 44,
    marginTop: 28,
    marginRight: 12,
    ...options,
  });
  // Its own style sheet says nothing that the page's doesn't.
  for (const style of svg.querySelectorAll('style')) style.remove();
  // Inside of an image nothing is named: its parts' names are kept as data only.
  for (const part of svg.querySelectorAll('[aria-label]')) {
    part.setAttribute('data-mark', part.getAttribute('aria-label') ?? '');
    part.removeAttribute('aria-label');
  }
  for (const attribute of ['class', 'font-family', 'font-size']) svg.removeAttribute(attribute);
  return html`<svg class="${className}" role="img" aria-label="${name}" viewBox="0 0 ${paper.width} ${paper.height}" width="${paper.width}" height="${paper.height}" fill="currentColor" text-anchor="middle"><title>${name}</title><desc>${description}</desc>${markup(rounded(svg.innerHTML))}</svg>`;
}

/** Without the digits beyond a thousandth of a pixel, which are most of the bytes. */
function rounded(svg: string): string {
  return svg.replace(/-?\d+\.\d{4,}/g, (digits) => String(Number(Number(digits).toFixed(3))));
}
