import { type TrackName, trackNames } from '../../src/tracks/names.ts';
import type { RawEntry } from '../support/raw-zip.ts';

/** The parts of an honest submission, for an attack to misuse. */
export interface HonestParts {
  /** What is submitted beside the code, in the track's order. */
  readonly submitted: readonly SubmittedFile[];
  /** A `main.py` that does what it should. */
  readonly main: string;
}

/** A file of a submission as it should be. */
export interface SubmittedFile extends RawEntry {
  readonly data: Buffer;
}

/** What a run left, for checks beyond the table's. */
export interface Aftermath {
  readonly stdout: string;
  readonly stderr: string;
  readonly log: string;
  /** The report, where there is one. */
  readonly page: string;
}

/** A small submission that attacks, or has an accident, and what must come of it. */
export interface Attack {
  /** A short name, unique. */
  readonly name: string;
  /** What it tries, as docs/security.md says it. */
  readonly tries: string;
  /** What comes of it, as docs/security.md says it. */
  readonly outcome: string;
  /** The tracks that it is tried in; the descriptor track alone where nothing is said. */
  readonly tracks?: readonly TrackName[];
  /** Its `main.py`; `import honest` in it does what an honest one does. */
  readonly main?: string;
  /** The whole zip, where it is the zip that attacks: its entries, or every byte of it. */
  readonly zip?: (honest: HonestParts) => readonly RawEntry[] | Buffer;
  /** Flags of `vsc test-submission` beside `--block-internet`. */
  readonly flags?: string;
  /** Of the environment that `vsc` runs in. */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit code of the preflight alone; where it is 4 the run is made with `--skip-preflight`. */
  readonly preflight?: 0 | 4;
  /** Exit codes that are right. */
  readonly exit: readonly number[];
  /** The subset's file in a run that is well, byte for byte, made from the honest one's; that itself where nothing is said. */
  readonly made?: (honest: Buffer) => Buffer;
  /** In what is shown. */
  readonly says?: RegExp;
  /** Nowhere in what is shown, nor in the log. */
  readonly never?: RegExp;
  /** It fills the disk, which is everybody's: run after the others, by itself. */
  readonly alone?: true;
  readonly check?: (aftermath: Aftermath) => void;
}

/** An attack that is the same whatever the track. */
export const everyTrack: readonly TrackName[] = trackNames;

/** The tracks that an attack is tried in. */
export function tracksOf({
  tracks = ['descriptor'],
}: Pick<Attack, 'tracks'>): readonly TrackName[] {
  return tracks;
}
