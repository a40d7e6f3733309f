import type { Frames, Moment, Pair, PairMoment } from '../frames/frames.ts';
import { type Html, html, truncate } from './html.ts';

/** Finds where a pair is most similar. */
export function finder(frames: Frames | undefined) {
  const moments = new Map(frames?.pairs.map((pair) => [`${pair.query} ${pair.reference}`, pair]));
  return (query: string, reference: string): PairMoment | undefined =>
    moments.get(`${query} ${reference}`);
}

/** Finds the frames of a pair at given seconds of both. */
export function segmentFinder(frames: Frames | undefined) {
  const keyOf = (query: string, reference: string, ...seconds: readonly (number | null)[]) =>
    [query, reference, ...seconds].join(' ');
  const moments = new Map(
    frames?.pairs.map((pair) => {
      const { query, reference, queryMoment, referenceMoment } = pair;
      return [keyOf(query, reference, queryMoment.seconds, referenceMoment.seconds), pair];
    }),
  );
  return (query: string, reference: string, seconds: NonNullable<Pair['seconds']>) =>
    moments.get(keyOf(query, reference, seconds.query, seconds.reference));
}

/** What the frames are, and which are missing; nothing where there are none. */
export function framesNote(frames: Frames | undefined): Html | false {
  if (frames === undefined) return false;
  const shown =
    frames.pairs.length > 0 &&
    html`<p class="lead">The frames are those where the two are most similar by the submitted descriptors.</p>`;
  return html`${shown}${notesOf(frames)}`;
}

/** Which frames are missing. */
export function notesOf({ notes }: Frames): Html {
  return html`${notes.map((note) => html`<p class="lead">${truncate(note)}</p>`)}`;
}

/** A video by its id and, where that is known, the moment that is shown of it. */
export function videoCell(id: string, moment: Moment | undefined): Html {
  const name = truncate(id);
  if (moment === undefined) return html`<code>${name}</code>`;
  return html`${picture(name, moment)}<code>${name}</code> <span class="time">${timeOf(moment)}</span>${problem(moment)}`;
}

/** A video by its id, the times of a segment of it and, where they are known, its moments. */
export function segmentCell(id: string, times: Html, moments: readonly Moment[]): Html {
  const name = truncate(id);
  const problems = new Map(moments.map((moment) => [moment.problem, problem(moment)]));
  return html`${moments.map((moment) => picture(name, moment))}<code>${name}</code> <span class="time">${times}</span>${[...problems.values()]}`;
}

function picture(name: string, moment: Moment): Html | false {
  const { jpeg } = moment;
  return (
    jpeg !== undefined &&
    html`<img class="frame" alt="${name} ${timeOf(moment)}" src="data:image/jpeg;base64,${jpeg}">`
  );
}

function timeOf({ seconds }: Moment): string {
  return seconds === null ? '' : `at ${formatTime(seconds)}`;
}

function problem({ problem }: Moment): Html | false {
  return problem !== undefined && html` <span class="none">${truncate(problem)}</span>`;
}

/** A moment of a video: `1:02.5` */
export function formatTime(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const [minutes, rest] = [Math.floor(tenths / 600), tenths % 600];
  return `${minutes}:${(rest / 10).toFixed(1).padStart(4, '0')}`;
}
