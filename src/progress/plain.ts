import type { Writable } from 'node:stream';
import { Chalk } from 'chalk';
import type { Progress } from './events.ts';
import { findingLines, formatBytes, formatCount } from './format.ts';
import { type Sink, writeWhole } from './sink.ts';

const colourless = new Chalk({ level: 0 });

/** Lines that a progress gets at most, milliseconds before the first, and between two of unknown length. */
const linesPerWhole = 4;
const delayBeforeFirst = 1000;
const pauseBetweenLines = 30_000;

/** Lines without colour or movement, for CI and files. A progress is a few lines, or none if short. */
export function plainSink(stream: Writable, now: () => number = () => performance.now()): Sink {
  const begun = new Map<string, number>();
  const shown = new Map<string, { readonly step: number; readonly at: number }>();
  const line = (text: string) => void stream.write(`${text}\n`);

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
    line(`${label}: ${amount(event)}${done ? ', done' : ''}`);
  };

  return {
    report(event) {
      if (event.type === 'progress') {
        if (event.part !== true) progress(event);
      } else if (event.type === 'log') line(event.line);
      else if (event.type === 'finding') findingLines(event.finding, colourless).forEach(line);
      else if (event.type === 'warning') line(`warning: ${event.message}`);
      else line(event.message);
    },
    output: (chunk) => writeWhole(stream, chunk),
    close() {},
  };
}

/** `12 of 80 videos`, `1.2 MB of 3 MB`, `34 videos`. */
export function amount(event: Progress): string {
  const format = event.unit === 'bytes' ? formatBytes : formatCount;
  const total = event.total === undefined ? '' : ` of ${format(event.total)}`;
  return `${format(event.completed)}${total}${event.unit === 'bytes' ? '' : ` ${event.unit}`}`;
}
