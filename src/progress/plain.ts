import type { Writable } from 'node:stream';
import { type Colours, colourless } from './colours.ts';
import type { Progress } from './events.ts';
import { eventLines, formatBytes, formatCount, formatEstimate } from './format.ts';
import { type Readers, type Sink, textWriter } from './sink.ts';
import { visibleLine } from './visible.ts';

/** Lines that a progress gets at most, milliseconds before the first, and between two of unknown length. */
const linesPerWhole = 4;
const delayBeforeFirst = 1000;
const pauseBetweenLines = 30_000;

/** What plain lines may differ in. */
export interface PlainOptions extends Readers {
  /** None, unless somebody asks for them where they go. */
  readonly colours?: Colours;
  readonly now?: () => number;
}

/** Lines without movement, for CI and files. A progress is a few lines, or none if short. */
export function plainSink(
  stream: Writable,
  { colours = colourless, now = () => performance.now(), ...readers }: PlainOptions = {},
): Sink {
  const { inCi = false } = readers;
  const begun = new Map<string, number>();
  const shown = new Map<string, { readonly step: number; readonly at: number }>();
  const { line, output, endOutput } = textWriter(stream, readers);

  const progress = (event: Progress) => {
    const { id, label, completed, total, done } = event;
    const since = begun.get(id) ?? now();
    begun.set(id, since);
    if (now() - since < delayBeforeFirst) return;
    const step = total ? Math.floor((completed / total) * linesPerWhole) : 0;
    const last = shown.get(id) ?? { step: -1, at: Number.NEGATIVE_INFINITY };
    const due = total ? step > last.step : now() >= last.at + pauseBetweenLines;
    if (!done && !due) return;
    shown.set(id, { step, at: now() });
    endOutput();
    line(`${visibleLine(label)}: ${amount(event)}${done ? ', done' : ''}`);
  };

  return {
    inCi,
    report(event) {
      if (event.type !== 'progress') {
        endOutput();
        eventLines(event, colours, inCi).forEach(line);
      } else if (event.part !== true) progress(event);
    },
    output,
    close: endOutput,
  };
}

/** `12 of 80 videos, 3 min left; 4 running`, `1.2 MB of 3 MB`, `34 videos`. */
export function amount(event: Progress): string {
  const format = event.unit === 'bytes' ? formatBytes : formatCount;
  const total = event.total === undefined ? '' : ` of ${format(event.total)}`;
  const unit = event.unit === 'bytes' ? '' : ` ${event.unit}`;
  const left = event.secondsLeft === undefined ? '' : `, ${formatEstimate(event.secondsLeft)} left`;
  const detail = event.detail === undefined ? '' : `; ${visibleLine(event.detail)}`;
  return `${format(event.completed)}${total}${unit}${left}${detail}`;
}
