import type { Writable } from 'node:stream';
import type { ChalkInstance } from 'chalk';
import { movingBars } from './bars.ts';
import type { VscEvent } from './events.ts';
import { findingLines } from './findings.ts';
import { type Sink, writeWhole } from './sink.ts';

type Line = Exclude<VscEvent, { type: 'progress' }>;

/** Colours and moving bars, for a person at a terminal. */
export function terminalSink(stream: Writable, colours: ChalkInstance): Sink {
  const bars = movingBars(stream, colours);
  return {
    report: (event) =>
      event.type === 'progress' ? bars.update(event) : bars.above(linesOf(event, colours)),
    output(chunk) {
      bars.close();
      return writeWhole(stream, chunk);
    },
    close: bars.close,
  };
}

function linesOf(event: Line, colours: ChalkInstance): string[] {
  switch (event.type) {
    case 'step':
      return [colours.bold(event.message)];
    case 'note':
      return [colours.dim(event.message)];
    case 'warning':
      return [colours.yellow(`warning: ${event.message}`)];
    case 'finding':
      return findingLines(event.finding, colours);
    case 'log':
      return [event.line];
  }
}
