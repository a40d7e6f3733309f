import * as v from 'valibot';
import type { Reporter } from '../progress/events.ts';

/** The variable by which our images' runtime is asked to tell how far the scoring is, on stderr. */
export const progressVariable = { VSC_PROGRESS: 'true' } as const;

/** What the runtime tells; see `runtime/vsc_runtime/progress.py`. */
const reportSchema = v.object({ report: v.unknown() });
const stageSchema = v.object({
  stage: v.string(),
  completed: v.number(),
  total: v.number(),
  seconds_left: v.exactOptional(v.number()),
  again: v.exactOptional(v.boolean()),
  done: v.exactOptional(v.boolean()),
});

/** A longer line is none of these: a report is a page of numbers and, at worst, of findings. */
export const maxReportBytes = 2 ** 19;

/** Takes what a container writes to stderr. */
export interface StageProgress {
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Takes what is left of a line for the last one.
   * @returns the text of the runtime's report, if it told one
   */
  end(): Promise<string | undefined>;
}

/**
 * Reports how far the stages of a container are, as its stderr tells it line by line, and keeps the report that
 * follows. Only for a container in which nothing but our own code runs.
 * @param labels the stages in words
 * @param others gets whatever else is on stderr
 */
export function stageProgress(
  labels: Readonly<Record<string, string>>,
  reporter: Reporter,
  others: (text: Buffer) => Promise<void>,
): StageProgress {
  let rest = Buffer.alloc(0);
  let report: string | undefined;
  const passOn = async () => {
    const text = rest;
    rest = Buffer.alloc(0);
    if (text.length > 0) await others(text);
  };
  const take = async (line: Buffer) => {
    const json = jsonOf(line);
    if (v.is(reportSchema, json)) {
      report = JSON.stringify(json.report);
      return;
    }
    if (!v.is(stageSchema, json)) return others(line);
    const { stage, completed, total, seconds_left: secondsLeft, again, done = false } = json;
    reporter.report({
      type: 'progress',
      id: `stage ${stage}`,
      label: sentence(labels[stage] ?? stage),
      unit: 'references',
      completed,
      total,
      done,
      ...(secondsLeft !== undefined && { secondsLeft }),
      ...(again === true && { detail: 'once more, with a lower threshold' }),
    });
  };
  return {
    async write(chunk) {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const line = rest.subarray(0, end + 1);
        rest = rest.subarray(end + 1);
        await take(line);
      }
      if (rest.length > maxReportBytes) await passOn();
    },
    async end() {
      await passOn();
      return report;
    },
  };
}

function jsonOf(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    return undefined;
  }
}

function sentence(label: string): string {
  return label.charAt(0).toUpperCase() + label.slice(1);
}
