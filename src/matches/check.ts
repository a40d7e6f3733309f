import type { Finding } from '../errors.ts';
import { Pace } from '../turn.ts';
import { MatchRows, UnreadableRows } from './rows.ts';
import { type ExpectedMatches, MatchRules } from './rules.ts';

export type { ExpectedMatches, VideoLengths } from './rules.ts';

/** What was found in a CSV of matches. */
export interface CheckedMatches {
  /** Errors and warnings. */
  readonly findings: readonly Finding[];
  /** Rows under the header, as far as it could be read. */
  readonly segments: number;
}

/** So much is looked at between two looks at the clock. */
const STEP_BYTES = 65_536;

/**
 * Checks a CSV of matches as it comes by, in memory for a line of it. What is wrong with it is a
 * finding, never thrown.
 *
 * @throws the signal's reason, and what `chunks` throws
 */
export async function checkMatches(
  chunks: AsyncIterable<Uint8Array>,
  expected: ExpectedMatches,
  signal?: AbortSignal,
): Promise<CheckedMatches> {
  const rules = new MatchRules(expected);
  const rows = new MatchRows((fields, line) => rules.see(fields, line));
  const pace = new Pace(signal);
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && !rules.isOver; at += STEP_BYTES) {
        if (pace.isDue) await pace.turn();
        rows.push(chunk.subarray(at, at + STEP_BYTES));
      }
      if (rules.isOver) break;
    }
    rows.end();
  } catch (error) {
    if (!(error instanceof UnreadableRows)) throw error;
    rules.unreadable(error.message, error.line);
  }
  return { findings: rules.findings(), segments: rules.rows };
}
