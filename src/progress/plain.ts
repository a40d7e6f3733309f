import type { Writable } from 'node:stream';
import { Chalk } from 'chalk';
import type { Progress } from './events.ts';
import { findingLines, formatBytes, formatCount } from './format.ts';
import { type Sink, writeWhole } from './sink.ts';

const colourless = new Chalk({ level: 0 });

/** Share of the whole between two progress lines, and milliseconds before the first. */
const stride = 0.25;
const patience = 1000;

/** Milliseconds between two progress lines where the whole is not known. */
const pause = 30_000;

/** Lines without colour or movement, for CI and files. A progress is a few lines, or none if short. */
export function plainSink(stream: Writable, now: () => number = () => performance.now()): Sink {
  const begun = new Map<string, number>();
  const told = new Map<string, { readonly share: number; readonly at: number }>();
  const line = (text: string) => void stream.write(`${text}\n`);

  const progress = (event: Progress) => {
    const since = begun.get(event.id) ?? now();
    begun.set(event.id, since);
    if (now() - since < patience) return;
    const share = event.total ? event.completed / event.total : undefined;
    const last = told.get(event.id);
    if (!event.done && last !== undefined) {
      const due = share === undefined ? now() >= last.at + pause : share >= last.share + stride;
      if (!due) return;
    }
    told.set(event.id, { share: Math.floor((share ?? 0) / stride) * stride, at: now() });
    line(`${event.label}: ${amount(event)}${event.done ? ', done' : ''}`);
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
