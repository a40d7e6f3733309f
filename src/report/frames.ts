import type { Frames, Moment, PairMoment } from '../frames/frames.ts';
import { type Html, html, truncate } from './html.ts';

/** Finds where a pair is most similar. */
export function finder(frames: Frames | undefined) {
  const moments = new Map(frames?.pairs.map((pair) => [`${pair.query} ${pair.reference}`, pair]));
  return (query: string, reference: string): PairMoment | undefined =>
    moments.get(`${query} ${reference}`);
}

/** What the frames are, and which are missing; nothing where there are none. */
export function framesNote(frames: Frames | undefined): Html | false {
  if (frames === undefined) return false;
  const { pairs, notes } = frames;
  const shown =
    pairs.length > 0 &&
    html`<p class="lead">The frames are those where the two are most similar by the submitted descriptors.</p>`;
  return html`${shown}${notes.map((note) => html`<p class="lead">${truncate(note)}</p>`)}`;
}

/** A video by its id and, where that is known, the moment that is shown of it. */
export function videoCell(id: string, moment: Moment | undefined): Html {
  const name = truncate(id);
  if (moment === undefined) return html`<code>${name}</code>`;
  const { seconds, jpeg, problem } = moment;
  const at = seconds === null ? '' : `at ${formatTime(seconds)}`;
  const picture =
    jpeg !== undefined &&
    html`<img class="frame" alt="${name} ${at}" src="data:image/jpeg;base64,${jpeg}">`;
  const why = problem !== undefined && html` <span class="none">${truncate(problem)}</span>`;
  return html`${picture}<code>${name}</code> <span class="time">${at}</span>${why}`;
}

/** A moment of a video: `1:02.5` */
export function formatTime(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const [minutes, rest] = [Math.floor(tenths / 600), tenths % 600];
  return `${minutes}:${(rest / 10).toFixed(1).padStart(4, '0')}`;
}
