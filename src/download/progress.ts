import type { Reporter } from '../progress/events.ts';
import { formatBytes, formatCount } from '../progress/format.ts';
import type { Target } from './choice.ts';
import type { TransferFault } from './faults.ts';

/** Milliseconds between two events of a file: a bar needs no more, and a JSON log has to stay short. */
const betweenEvents = 200;

/** What is told of a download: a progress for each file under way, and one for all. */
export class DownloadProgress {
  readonly #report: Reporter['report'];
  readonly #now: () => number;
  readonly #files: number;
  /** Bytes of all files, where all of their sizes are known. */
  readonly #bytes: number | undefined;
  readonly #lengths = new Map<string, number>();
  #sumOfLengths = 0;
  #told = Number.NEGATIVE_INFINITY;
  #done = 0;
  #hasWarned = false;

  constructor(
    files: readonly { readonly size?: number | undefined }[],
    { report, now }: { readonly report: Reporter['report']; readonly now: () => number },
  ) {
    this.#report = report;
    this.#now = now;
    this.#files = files.length;
    const isKnown = files.every(({ size }) => size !== undefined);
    this.#bytes = isKnown ? files.reduce((sum, { size = 0 }) => sum + size, 0) : undefined;
  }

  /** How much of a file is there. */
  moved({ place }: Target, length: number, total: number | undefined): void {
    this.#set(place, length);
    if (this.#now() - this.#told < betweenEvents) return;
    this.#told = this.#now();
    this.#part(place, place, length, total, false);
    this.#sum(false);
  }

  /** A file is to be tried again. The first time that is worth a line. */
  retried({ place }: Target, fault: TransferFault, milliseconds: number): void {
    this.#part(place, `${place} trying again`, this.#lengths.get(place) ?? 0, undefined, false);
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const seconds = Math.ceil(milliseconds / 1000);
    const message = `${place}: ${fault.message}. Trying again in ${seconds} s; such files are told no more until the end.`;
    this.#report({ type: 'warning', message });
  }

  /** A file is there, or given up. */
  ended({ place }: Target, isThere: boolean): void {
    const length = this.#lengths.get(place) ?? 0;
    if (isThere) this.#done += 1;
    else this.#set(place, 0);
    this.#part(place, place, length, length, true);
    this.#sum(false);
  }

  /** All have ended. */
  close(): void {
    this.#sum(this.#done === this.#files);
  }

  /** Bytes of the files as far as they are there. */
  get bytes(): number {
    return this.#sumOfLengths;
  }

  #set(place: string, length: number): void {
    this.#sumOfLengths += length - (this.#lengths.get(place) ?? 0);
    this.#lengths.set(place, length);
  }

  #part(id: string, label: string, completed: number, total: number | undefined, done: boolean) {
    const whole = total === undefined ? {} : { total };
    const part = { type: 'progress', part: true, unit: 'bytes' } as const;
    this.#report({ ...part, id: `download ${id}`, label, completed, ...whole, done });
  }

  #sum(done: boolean): void {
    const sum = { type: 'progress', id: 'download', done } as const;
    const [have, all] = [formatCount(this.#done), formatCount(this.#files)];
    if (this.#bytes === undefined) {
      const label = `fetched, ${formatBytes(this.bytes)}`;
      this.#report({ ...sum, label, completed: this.#done, total: this.#files, unit: 'files' });
    } else {
      const label = `${have} of ${all} files`;
      this.#report({ ...sum, label, completed: this.bytes, total: this.#bytes, unit: 'bytes' });
    }
  }
}
