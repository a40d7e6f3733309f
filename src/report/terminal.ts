import type { Writable } from 'node:stream';
import type { ChalkInstance } from 'chalk';
import cliProgress from 'cli-progress';
import type { VscEvent } from './events.ts';
import { findingLines } from './findings.ts';
import { amount } from './plain.ts';
import { type Sink, writeWhole } from './sink.ts';

type Progress = Extract<VscEvent, { type: 'progress' }>;

/** Colours and moving bars, for a person at a terminal. */
export function terminalSink(stream: Writable, colours: ChalkInstance): Sink {
  let bars: cliProgress.MultiBar | undefined;
  const byId = new Map<string, cliProgress.SingleBar>();

  const close = () => {
    bars?.stop();
    bars = undefined;
    byId.clear();
  };
  const line = (text: string) => {
    close();
    stream.write(`${text}\n`);
  };
  const progress = (event: Progress) => {
    bars ??= new cliProgress.MultiBar(
      {
        stream: stream as NodeJS.WriteStream,
        format: `{label} ${colours.cyan('{bar}')} {percentage}% {amount}`,
        barsize: 24,
        hideCursor: true,
        autopadding: true,
        clearOnComplete: false,
        emptyOnZero: true,
      },
      cliProgress.Presets.shades_classic,
    );
    const total = event.total ?? (event.done ? event.completed : 0);
    const payload = { label: event.label, amount: amount(event) };
    const bar = byId.get(event.id) ?? bars.create(total, 0, payload);
    byId.set(event.id, bar);
    bar.setTotal(total);
    bar.update(event.completed, payload);
    if (event.done) bar.stop();
  };

  return {
    report(event) {
      if (event.type === 'progress') progress(event);
      else if (event.type === 'step') line(colours.bold(event.message));
      else if (event.type === 'note') line(colours.dim(event.message));
      else if (event.type === 'warning') line(colours.yellow(`warning: ${event.message}`));
      else if (event.type === 'finding') findingLines(event.finding, colours).forEach(line);
      else line(event.line);
    },
    output(chunk) {
      close();
      return writeWhole(stream, chunk);
    },
    close,
  };
}
