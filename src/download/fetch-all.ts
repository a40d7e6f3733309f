import { join } from 'node:path';
import { eachOf } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import { visibleLine } from '../progress/visible.ts';
import { TransferFault } from './faults.ts';
import { type FetchTools, fetchFile } from './fetch-file.ts';
import type { NeededFile } from './needed.ts';
import { DownloadProgress } from './progress.ts';
import { shownUrl } from './url-list.ts';

/** A file that could not be fetched. */
export interface FailedFile {
  /** Relative to `competition_data/<dataset>`. */
  readonly file: string;
  /** Without a password or a query. */
  readonly url: string;
  readonly line: number;
  readonly why: string;
}

/** What came of fetching some files. */
export interface Fetched {
  readonly count: number;
  readonly bytes: number;
  readonly failed: readonly FailedFile[];
}

/** What fetching needs of the world. */
export interface FetchAllTools extends Omit<FetchTools, 'onProgress' | 'onRetry'> {
  readonly report: Reporter['report'];
  readonly parallel: number;
  readonly now: () => number;
}

/** After so many files in a row that failed for their server, the others are not tried. */
const mostInARow = 10;

/**
 * Fetches files into a folder, several at a time. One that fails doesn't keep the others.
 * @throws EnvironmentError for this machine's disk; the signal's reason
 */
export async function fetchAll(
  files: readonly NeededFile[],
  folder: string,
  tools: FetchAllTools,
): Promise<Fetched> {
  const progress = new DownloadProgress(files, tools);
  const failed: FailedFile[] = [];
  let [count, inARow, begun] = [0, 0, 0];
  // Where the disk fails, what is under way ends at once.
  const stop = new AbortController();
  const signal = AbortSignal.any([tools.signal, stop.signal]);
  const fetch = async (file: NeededFile) => {
    const { target } = file;
    if (inARow >= mostInARow) return;
    try {
      await fetchFile(target, join(folder, target.place), {
        ...tools,
        signal,
        onProgress: (length, total) => progress.moved(target, length, total),
        onRetry: (fault, milliseconds) => progress.retried(target, fault, milliseconds),
      });
      count += 1;
      begun += file.begun;
      inARow = 0;
      progress.ended(target, true);
    } catch (error) {
      if (!(error instanceof TransferFault)) {
        stop.abort(error);
        throw error;
      }
      inARow = error.isOfHost ? inARow + 1 : 0;
      const { place, url, line } = target;
      const why = visibleLine(error.message);
      failed.push({ file: place, url: shownUrl(url), line, why });
      progress.ended(target, false);
    }
  };
  await eachOf(files, fetch, tools.signal, tools.parallel);
  if (files.length > 0) progress.close();
  return { count, bytes: Math.max(0, progress.bytes - begun), failed };
}
