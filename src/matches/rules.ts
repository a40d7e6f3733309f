import type { Finding } from '../errors.ts';
import { formatCount } from '../progress/format.ts';
import { quoted } from '../progress/visible.ts';
import { NUMBER_NEEDED, numberFault, numberIn } from './numbers.ts';
import { COLUMNS, type Column, shown } from './rows.ts';

/** What a CSV of matches is held to. */
export interface ExpectedMatches {
  /** Its name, e.g. `full_matches.csv`. */
  readonly file: string;
  /**
   * The videos that it may speak of, with their lengths in seconds. A length that is not known is
   * undefined or infinite.
   */
  readonly queries: VideoLengths;
  readonly references: VideoLengths;
  /** What these lists are called in messages, e.g. `query_subset.csv`. */
  readonly querySource: string;
  readonly referenceSource: string;
}

/** Seconds by video id. */
export type VideoLengths = Pick<ReadonlyMap<string, number | undefined>, 'get' | 'has'>;

/** The rules about a row, in the order in which those of one field are told, with their severity. */
const ROW_RULES = {
  'wrong-field-count': 'error',
  'wrong-id-kind': 'error',
  'unknown-video': 'error',
  'missing-value': 'error',
  'not-a-number': 'error',
  'not-finite': 'error',
  'negative-time': 'error',
  'impossible-time': 'error',
  'reversed-segment': 'error',
  'zero-length-segment': 'warning',
  'beyond-video': 'warning',
} as const satisfies Readonly<Record<string, Finding['severity']>>;

type RowRule = keyof typeof ROW_RULES;

/** A rule that rows break in one column. */
interface Fault {
  readonly rule: RowRule;
  readonly column: number;
  /** Of its first row. */
  readonly index: number;
  readonly message: string;
  /** How many rows have it. */
  rows: number;
}

/** Thirty years; no video is longer. */
const MAX_SECONDS = 1e9;
/** By so much an end may be beyond the video's: lengths in metadata are not exact. */
const BEYOND_SECONDS = 1;
const SCORE = COLUMNS.indexOf('score');

/** The two sides of a segment: where their fields are, and what is expected of them. */
const SIDES = [
  { kind: 'query', letter: 'Q', videos: 'queries', source: 'querySource', id: 0, start: 2, end: 3 },
  {
    kind: 'reference',
    letter: 'R',
    videos: 'references',
    source: 'referenceSource',
    id: 1,
    start: 4,
    end: 5,
  },
] as const;

/**
 * Judges the rows of a CSV of matches, one after the other. Each rule makes one finding for a column,
 * about the first row that breaks it there; how many there are takes no memory.
 */
export class MatchRules {
  readonly #expected: ExpectedMatches;
  readonly #faults = new Map<string, Fault>();
  #row = -1;
  #line = 0;
  /** What ended the reading: nothing after it is judged. */
  #end: Finding | undefined;
  #hasHeader = false;

  constructor(expected: ExpectedMatches) {
    this.#expected = expected;
  }

  /** Whether there is no use in reading on. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Rows that were judged, faulty ones too. */
  get rows(): number {
    return this.#row + 1;
  }

  /** Takes the header, then row by row. */
  see(fields: readonly string[], line: number): void {
    if (this.#end !== undefined) return;
    this.#line = line;
    if (!this.#hasHeader) this.#header(fields);
    else this.#segment(fields);
  }

  /** Takes what can't be read as rows. */
  unreadable(what: string, line: number | undefined): void {
    this.#end ??= {
      severity: 'error',
      file: this.#expected.file,
      rule: 'unreadable',
      message: line === undefined ? what : `line ${formatCount(line)}: ${what}`,
      ...(line !== undefined && this.#hasHeader && { index: this.rows }),
    };
  }

  /** All findings: those about rows in their order, then what is said of the file. */
  findings(): readonly Finding[] {
    const places = Object.keys(ROW_RULES);
    const place = ({ rule }: Fault) => places.indexOf(rule);
    const faults = [...this.#faults.values()].sort(
      (a, b) => a.index - b.index || a.column - b.column || place(a) - place(b),
    );
    const { file } = this.#expected;
    const found = faults.map(({ rule, index, message, rows }): Finding => {
      return { severity: ROW_RULES[rule], file, rule, message: message + andMore(rows - 1), index };
    });
    const ending = this.#end ?? this.#aboutNothing();
    return ending === undefined ? found : [...found, ending];
  }

  #aboutNothing(): Finding | undefined {
    if (!this.#hasHeader) return this.#wrongColumns('it is empty: not even the columns are there');
    if (this.rows > 0) return undefined;
    const message = 'it has no segments at all; its score would be 0';
    return { severity: 'warning', file: this.#expected.file, rule: 'no-matches', message };
  }

  #header(fields: readonly string[]): void {
    this.#hasHeader = true;
    const count = Math.max(fields.length, COLUMNS.length);
    for (let at = 0; at < count; at += 1) {
      const [found, needed] = [fields[at], COLUMNS[at]];
      if (found === needed) continue;
      const what = found === undefined ? 'missing' : shown(found);
      const but = needed === undefined ? `there may be ${COLUMNS.length} alone` : `not ${needed}`;
      const where = `line ${formatCount(this.#line)}: column ${formatCount(at + 1)}`;
      this.#end = this.#wrongColumns(
        `${where} is ${what}, ${but}; needed are ${COLUMNS.join()} in this order`,
      );
      return;
    }
  }

  #wrongColumns(message: string): Finding {
    const columns = COLUMNS.map((column) => `"${column}"`).join(', ');
    const fix = `matches.to_csv(file, columns=[${columns}], index=False)`;
    return { severity: 'error', file: this.#expected.file, rule: 'wrong-columns', message, fix };
  }

  #segment(fields: readonly string[]): void {
    this.#row += 1;
    if (fields.length !== COLUMNS.length) {
      this.#add('wrong-field-count', 0, () => {
        const found = `${formatCount(fields.length)} ${fields.length === 1 ? 'field' : 'fields'}`;
        return `line ${formatCount(this.#line)}: it has ${found}, not ${COLUMNS.length}`;
      });
      return;
    }
    for (const side of SIDES) this.#side(fields, side);
    this.#number(fields, SCORE);
  }

  #side(fields: readonly string[], side: (typeof SIDES)[number]): void {
    const id = fields[side.id] as string;
    const seconds = this.#secondsOf(id, side);
    const start = this.#time(fields, side.start);
    const end = this.#time(fields, side.end);
    if (start > end) {
      const tell = () => `${start} s is after ${COLUMNS[side.end]}, ${end} s`;
      this.#found('reversed-segment', side.start, tell);
    }
    if (start === end) {
      const tell = () => `the segment ends where it starts, at ${end} s, and so matches nothing`;
      this.#found('zero-length-segment', side.end, tell);
    }
    if (seconds !== undefined && end > seconds + BEYOND_SECONDS) {
      this.#found('beyond-video', side.end, () => {
        const lasts = `${quoted(id)} lasts ${seconds} s by ${this.#expected[side.source]}`;
        return `${end} s is beyond the video: ${lasts}`;
      });
    }
  }

  /** How long a video is, where that is known. */
  #secondsOf(id: string, side: (typeof SIDES)[number]): number | undefined {
    const videos = this.#expected[side.videos];
    if (!id.startsWith(side.letter)) {
      const { kind, letter } = side;
      const tell = () => `found ${shown(id)}; ids of ${kind} videos start with ${letter}`;
      this.#found('wrong-id-kind', side.id, tell);
      return undefined;
    }
    const seconds = videos.get(id);
    if (seconds !== undefined || videos.has(id)) return seconds;
    const source = this.#expected[side.source];
    this.#found('unknown-video', side.id, () => `${shown(id)} is not in ${source}`);
    return undefined;
  }

  /** A time in seconds; NaN where there is none. */
  #time(fields: readonly string[], column: number): number {
    const seconds = this.#number(fields, column);
    if (seconds < 0) {
      this.#found('negative-time', column, () => `found ${seconds}; times are seconds from 0 up`);
    } else if (seconds > MAX_SECONDS) {
      const tell = () => `found ${seconds}; times are ${formatCount(MAX_SECONDS)} seconds at most`;
      this.#found('impossible-time', column, tell);
    }
    return seconds;
  }

  /** A finite number; NaN where there is none. */
  #number(fields: readonly string[], column: number): number {
    const field = fields[column] as string;
    const number = numberIn(field);
    if (Number.isFinite(number)) return number;
    const rule = numberFault(field);
    this.#found(rule, column, () => `found ${shown(field)}; ${NUMBER_NEEDED[rule]}`);
    return Number.NaN;
  }

  #found(rule: RowRule, column: number, tell: () => string): void {
    const name = COLUMNS[column] as Column;
    this.#add(rule, column, () => `line ${formatCount(this.#line)}, ${name}: ${tell()}`);
  }

  #add(rule: RowRule, column: number, tell: () => string): void {
    const key = `${rule} ${column}`;
    const known = this.#faults.get(key);
    if (known !== undefined) known.rows += 1;
    else this.#faults.set(key, { rule, column, index: this.#row, message: tell(), rows: 1 });
  }
}

function andMore(rows: number): string {
  if (rows === 0) return '';
  return `; so it is in ${formatCount(rows)} more ${rows === 1 ? 'row' : 'rows'}`;
}
