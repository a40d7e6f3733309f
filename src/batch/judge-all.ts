import * as v from 'valibot';
import { madeOfEach } from '../files.ts';
import { formatCount } from '../progress/format.ts';
import { beAtWork } from '../tasks/at-work.ts';
import { runTasks } from '../tasks/run-tasks.ts';
import type { Outcome } from '../tasks/task-folder.ts';
import type { OpenTask, TaskCounts } from '../tasks/task-runs.ts';
import type { BatchRequest, BatchWorld, Entry, PreparedBatch } from './prepared.ts';
import { fullVerdictText } from './told.ts';
import { type Judgement, judgementSchema, type Row, type Verdict } from './verdict.ts';

/** How often a submission is tried before it is not judged. */
const attempts = 3;

/** So many in a row can't be judged for a reason that is none of theirs. */
const stopAfter = 5;

/** Milliseconds between two writings of the tables. */
const writingPace = 10_000;

/**
 * Has all submissions judged that are not yet.
 * @param write writes the tables as they are
 * @throws EnvironmentError of the scheduler, or where many in a row could not be judged; the signal's reason
 */
export async function judgeAll(
  { root, image, entries }: PreparedBatch,
  { track, needs, atOnce }: BatchRequest,
  world: BatchWorld,
  write: () => Promise<unknown>,
): Promise<void> {
  const { scheduler, reporter, now = () => performance.now() } = world;
  const { metric } = track.results;
  const judged = new Map<OpenTask, Judgement>();
  const waiting: OpenTask[] = [];
  for (const { task } of entries) {
    const judgement = judgementIn(await task.folder.outcome(task.key));
    if (judgement === undefined) waiting.push(task);
    else judged.set(task, judgement);
  }
  if (judged.size > 0) {
    const message = `${formatCount(judged.size)} of ${formatCount(entries.length)} submissions are judged already.`;
    reporter.report({ type: 'note', message });
  }
  const [before, began] = [judged.size, now()];
  let written = began;
  const tell = (counts?: TaskCounts, done = false) => {
    const fresh = judged.size - before;
    const left = entries.length - judged.size;
    reporter.report({
      type: 'progress',
      id: 'batch',
      label: 'Judging',
      unit: 'submissions',
      completed: judged.size,
      total: entries.length,
      done,
      detail: detailOf([...judged.values()], counts),
      ...(fresh > 0 && left > 0 && { secondsLeft: ((now() - began) / 1000) * (left / fresh) }),
    });
  };
  const onOutcome = async (task: OpenTask, outcome: Outcome) => {
    const judgement = judgementIn(outcome);
    if (judgement === undefined) throw new Error(`${outcome.folder} holds no verdict.`);
    judged.set(task, judgement);
    reporter.report({
      type: 'note',
      message: `${task.name}: ${fullVerdictText(judgement, metric)}`,
    });
    if (now() - written < writingPace) return;
    written = now();
    await write();
  };
  tell();
  await using _atWork = await beAtWork(root, world);
  await runTasks(
    waiting,
    {
      scheduler,
      needs,
      folder: root,
      image,
      attempts,
      stopAfter,
      ...(atOnce !== undefined && { atOnce }),
    },
    { ...world, onOutcome, onCounts: tell },
  );
  tell(undefined, true);
}

/** The verdicts as they are on the disk. */
export async function verdictsOn(entries: readonly Entry[]): Promise<readonly Omit<Row, 'rank'>[]> {
  return madeOfEach(entries, async ({ submission: { name, sha256 }, task }) => ({
    submission: name,
    sha256,
    folder: task.folder.path,
    verdict: await verdictOn(task),
  }));
}

async function verdictOn({ folder, key }: OpenTask): Promise<Verdict> {
  const judgement = judgementIn(await folder.outcome(key));
  if (judgement !== undefined) return judgement;
  const last = (await folder.faults(key)).at(-1);
  if (last === undefined) return { verdict: 'waiting', cause: null, message: null };
  const { cause, node, message } = last;
  return { verdict: 'not judged', cause, message: node === '' ? message : `${node}: ${message}` };
}

function judgementIn(outcome: Outcome | undefined): Judgement | undefined {
  const parsed = v.safeParse(judgementSchema, outcome?.facts);
  return parsed.success ? parsed.output : undefined;
}

function detailOf(judged: readonly Judgement[], counts: TaskCounts | undefined): string {
  const number = (wanted: Judgement['verdict']) =>
    judged.filter(({ verdict }) => verdict === wanted).length;
  const some = [
    [number('runs'), 'run'],
    [number('failed'), 'failed'],
    [number('invalid'), 'invalid'],
    [counts?.running ?? 0, 'at work'],
    [counts?.waiting ?? 0, `waiting${counts?.reason === undefined ? '' : ` (${counts.reason})`}`],
  ] as const;
  return some
    .flatMap(([count, what]) => (count > 0 ? `${formatCount(count)} ${what}` : []))
    .join(', ');
}
