import { type PlotOptions, plot } from '@observablehq/plot';
import { DOMParser } from 'linkedom';
import { Html, html } from './html.ts';

/** What a plot is called, and what it shows in a sentence or two, for those who can't see it. */
export interface TextAlternative {
  readonly name: string;
  readonly description: string;
}

// Classes of the style sheet, and sizes in CSS pixels: what a phone in portrait leaves between its
// margins, the page's own measure, and what fits on either.
const phone = { className: 'plot narrow', width: 350, height: 300 };
const desktop = { className: 'plot wide', width: 760, height: 400 };
const either = { className: 'plot', width: 350, height: 260 };

/**
 * Draws a plot as static SVG, once for each width: scaled down from one drawing, its labels would be
 * unreadable on a phone. The style sheet shows one of the two. Colours are the page's own properties
 * (`var(--…)`), so that they follow light and dark.
 */
export function responsivePlot(
  text: TextAlternative,
  options: (width: 'narrow' | 'wide') => PlotOptions,
): Html {
  return html`${draw(text, phone, options('narrow'))}${draw(text, desktop, options('wide'))}`;
}

/** Draws a plot that is as narrow on a desktop as on a phone. */
export function smallPlot(text: TextAlternative, options: PlotOptions): Html {
  return draw(text, either, options);
}

function draw(
  { name, description }: TextAlternative,
  { className, width, height }: typeof phone,
  options: PlotOptions,
): Html {
  // Empty: what parses pages isn't bundled (scripts/slimming-plugins.mjs).
  const document = new DOMParser().parseFromString('', 'text/html');
  document.append(document.createElement('html', {}));
  const margins = { marginLeft: 44, marginBottom: 44, marginTop: 28, marginRight: 12 };
  const svg = plot({ document, width, height, ...margins, ...options });
  // Its own style sheet says nothing that the page's doesn't.
  for (const style of svg.querySelectorAll('style')) style.remove();
  // Inside of an image nothing is named: its parts' names are kept as data only.
  for (const part of svg.querySelectorAll('[aria-label]')) {
    part.setAttribute('data-mark', part.getAttribute('aria-label') ?? '');
    part.removeAttribute('aria-label');
  }
  // What is beyond a thousandth of a pixel would be most of the bytes.
  const marks = svg.innerHTML.replace(/-?\d+\.\d{4,}/g, (digits: string) =>
    String(Number(Number(digits).toFixed(3))),
  );
  return html`<svg class="${className}" role="img" aria-label="${name}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" fill="currentColor" text-anchor="middle"><title>${name}</title><desc>${description}</desc>${new Html(marks)}</svg>`;
}
