import type { Finding } from '../errors.ts';

/** What the rooms tell while they work. The sinks decide what it looks like. */
export type VscEvent =
  /** Something begins: "Building meta-vsc-descriptor-runtime:slim-local". */
  | { readonly type: 'step'; readonly message: string }
  /** Good to know: a choice that was made and why. */
  | { readonly type: 'note'; readonly message: string }
  /** It goes on, but the user should look. */
  | { readonly type: 'warning'; readonly message: string }
  /** Something about the submission that does not stop it. */
  | { readonly type: 'finding'; readonly finding: Finding }
  /** A line of another program's log, e.g. of an image build. */
  | { readonly type: 'log'; readonly line: string }
  /** How far something is. The same `id` moves the same bar; `total` may come late or never. */
  | {
      readonly type: 'progress';
      readonly id: string;
      readonly label: string;
      readonly completed: number;
      readonly total?: number;
      readonly unit: ProgressUnit;
      readonly done?: boolean;
      /** What else there is to say of it, in a few words. */
      readonly detail?: string;
      /** How long it will still take, as far as that can be told. */
      readonly secondsLeft?: number;
      /** It is one of several that another progress sums up; shown only where there is room. */
      readonly part?: boolean;
    };

/** How far something is. */
export type Progress = Extract<VscEvent, { type: 'progress' }>;

/** What a progress counts: bytes are shown as sizes, everything else as numbers. */
export type ProgressUnit = 'bytes' | 'files' | 'layers' | 'references' | 'submissions' | 'videos';

/** Where the rooms report to. */
export interface Reporter {
  /** Whether a CI reads what comes out of it, and obeys commands in it. */
  readonly inCi?: boolean;
  report(event: VscEvent): void;
  /** A container's raw output, as it comes. Settles once the stream takes more (backpressure). */
  output(chunk: Uint8Array): Promise<void>;
}
