import type { Writable } from 'node:stream';
import cliProgress from 'cli-progress';
import type { Colours } from './colours.ts';
import type { Progress, VscEvent } from './events.ts';
import { eventLines } from './format.ts';
import { amount } from './plain.ts';
import { fitFor, type Readers, type Sink, textWriter } from './sink.ts';
import { visibleLine } from './visible.ts';
import { wrapped } from './wrap.ts';

/** Colours and moving bars, for a person at a terminal. */
export function terminalSink(stream: Writable, colours: Colours, readers: Readers = {}): Sink {
  const { inCi = false } = readers;
  const { line, output, endOutput } = textWriter(stream, readers);
  const bars = movingBars(stream, colours, line, readers);
  const linesOf = (event: Exclude<VscEvent, Progress>) => {
    const lines = eventLines(event, colours, inCi);
    // What a program has logged is laid out as it meant it.
    return event.type === 'log' ? lines : lines.map((it) => wrapped(it, columnsOf(stream)));
  };
  return {
    inCi,
    report(event) {
      endOutput();
      if (event.type === 'progress') bars.update(event);
      else bars.above(linesOf(event));
    },
    output(chunk) {
      bars.close();
      return output(chunk);
    },
    close() {
      endOutput();
      bars.close();
    },
  };
}

/** A stream that may be a terminal's; a file has no size. */
type Screen = Writable & { readonly columns?: number; readonly rows?: number };

function columnsOf(screen: Screen): number {
  return screen.columns || 80;
}

/** A bar's least width is that below which it says nothing; its usual one grows with the terminal. */
const [leastBar, usualBar, widestBar] = [4, 24, 40];

/** Characters of a label that say what it is about, where all of it has no room. */
const leastLabel = 8;

/**
 * Bars at the lower end of a terminal, never more than it has lines for: else the cursor could not
 * return to the first, and each drawing would leave a copy behind.
 */
export function movingBars(
  stream: Writable,
  colours: Colours,
  writeLine: (line: string) => void,
  readers: Readers = {},
) {
  const screen: Screen = stream;
  const current = new Map<string, Progress>();
  let drawn:
    | { readonly bars: cliProgress.MultiBar; readonly lines: cliProgress.SingleBar[] }
    | undefined;

  const linesOf = (events: readonly Progress[]) =>
    barLines(fitting(events, (screen.rows ?? 24) - 1), columnsOf(screen), colours).map((line) =>
      fitFor(readers, line),
    );
  const takeDown = () => {
    drawn?.bars.stop();
    drawn = undefined;
  };
  const draw = () => {
    const lines = linesOf([...current.values()]);
    // There is no taking away a single one of cli-progress's bars cleanly.
    if (drawn !== undefined && drawn.lines.length > lines.length) takeDown();
    if (lines.length === 0) return;
    drawn ??= { bars: multiBar(stream), lines: [] };
    for (const [index, line] of lines.entries()) {
      const bar = drawn.lines[index];
      if (bar === undefined) drawn.lines.push(drawn.bars.create(1, 0, { line }));
      else bar.update(0, { line });
    }
  };

  const above = (lines: readonly string[]) => {
    takeDown();
    lines.forEach(writeLine);
    draw();
  };

  return {
    /** Writes lines that stay, above the bars. */
    above,
    /** Moves a bar, or begins it. A sum that is done becomes a line that stays. */
    update({ label, ...rest }: Progress): void {
      const event = { ...rest, label: visibleLine(label) };
      if (event.done && event.part !== true) {
        current.delete(event.id);
        above(linesOf([event]));
      } else {
        current.set(event.id, event);
        draw();
      }
    },
    /** Takes the bars down; how far the sums came stays. */
    close(): void {
      takeDown();
      const open = [...current.values()].filter(({ part }) => part !== true);
      linesOf(open).forEach(writeLine);
      current.clear();
    },
  };
}

/** cli-progress for the drawing alone: each of its bars is a line of ours. */
function multiBar(stream: Writable): cliProgress.MultiBar {
  return new cliProgress.MultiBar({
    stream: stream as NodeJS.WriteStream,
    format: (_options, _params, payload: { line: string }) => payload.line,
    hideCursor: true,
    clearOnComplete: true,
  });
}

/**
 * The progresses that `room` lines can show, in their order: sums before parts, and of the parts
 * those that move, then what was done last, then what waits. Sums stand below their parts.
 */
export function fitting(events: readonly Progress[], room: number): Progress[] {
  const sums = events.filter(({ part }) => part !== true);
  const parts = events.filter(({ part }) => part === true);
  const moving = parts.filter(({ done, completed }) => !done && completed > 0);
  const done = parts.filter((event) => event.done).reverse();
  const waiting = parts.filter((event) => !event.done && event.completed === 0);
  const left = Math.max(0, room - sums.length);
  const chosen = new Set([...moving, ...done, ...waiting].slice(0, left));
  return [...parts.filter((event) => chosen.has(event)), ...sums.slice(0, Math.max(1, room))];
}

/** One line for each, no wider than the terminal: label, bar, share, amount. */
export function barLines(events: readonly Progress[], columns: number, colours: Colours): string[] {
  const told = events.map((event) => ({ label: event.label, share: shareOf(event), event }));
  const texts = told.map(({ share, event }) => amountText(share, event));
  const room = columns - 2 - Math.max(0, ...texts.map((text) => text.length));
  const labelWidth = Math.min(
    Math.max(0, ...told.map(({ label }) => label.length)),
    Math.max(leastLabel, room),
  );
  const most = Math.min(widestBar, Math.max(usualBar, Math.floor(columns / 5)));
  return told.map(({ label, share }, at) => {
    const name = shortLabel(label, labelWidth).padEnd(labelWidth);
    const text = texts[at] ?? '';
    const width = Math.min(most, columns - name.length - text.length - 3);
    if (share === undefined || width < leastBar) {
      return `${name} ${text}`.trimEnd().slice(0, columns - 1);
    }
    return `${name} ${colours.cyan(bar(share, width))} ${text}`;
  });
}

/** A label in so many characters: of a longer one the beginning and the end, which both tell it from others. */
function shortLabel(label: string, width: number): string {
  if (label.length <= width) return label;
  const end = Math.floor((width - 1) / 3);
  return `${label.slice(0, width - 1 - end)}…${label.slice(label.length - end)}`;
}

/** What stands after the bar; nothing of what has not begun and has no known end. */
function amountText(share: number | undefined, event: Progress): string {
  if (share !== undefined) return `${`${Math.floor(share * 100)}%`.padStart(4)} ${amount(event)}`;
  return event.completed > 0 ? `${amount(event)} so far` : '';
}

/** Undefined where the whole is not known. */
function shareOf({ completed, total, done }: Progress): number | undefined {
  if (done) return 1;
  if (total === undefined) return undefined;
  return total > 0 ? Math.min(1, completed / total) : 0;
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
