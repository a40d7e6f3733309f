import { UsageError } from '../errors.ts';
import { shellQuoted } from '../progress/shell.ts';
import { shownName } from '../progress/visible.ts';
import type { Needs, TaskArray } from './port.ts';

/** What sbatch is told besides what a task needs. */
export interface SlurmOptions {
  /** Runs one task, whose folder becomes the last argument; all paths absolute. */
  readonly command: readonly string[];
  readonly partition?: string;
  /** For sbatch, as they are. */
  readonly options: readonly string[];
}

/** A part of an array, as long as Slurm takes one: a job. */
export interface Part {
  /** Place of its first task in the array. */
  readonly first: number;
  readonly count: number;
}

/** Cuts an array of `count` tasks. */
export function partsOf(count: number, longest: number): readonly Part[] {
  const parts: Part[] = [];
  for (let first = 0; first < count; first += longest) {
    parts.push({ first, count: Math.min(longest, count - first) });
  }
  return parts;
}

/** What sbatch is told of what each task has to have; the last word is the user's own (sbatch(1)). */
export function needsArguments(
  { cores, memoryBytes, gpus, seconds }: Needs,
  { partition, options }: SlurmOptions,
): readonly string[] {
  return [
    `--cpus-per-task=${cores}`,
    ...(memoryBytes === undefined ? [] : [`--mem=${megabytes(memoryBytes)}M`]),
    ...(gpus === 0 ? [] : [`--gres=gpu:${gpus}`]),
    ...(seconds === undefined ? [] : [`--time=${minutes(seconds)}`]),
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...options,
  ];
}

/** Slurm counts memory in units of 1024², and 0 would be all of a node's. */
export function megabytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 2 ** 20));
}

/** Slurm counts time in minutes, and 0 would be no limit. */
export function minutes(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60));
}

/**
 * What sbatch is told to hand over a part of an array.
 *
 * - `--export=ALL`: of the environment that sbatch itself is given. Anything but `ALL` would have Slurm log in on
 *   the node and take what the user's profile sets there.
 * - `--requeue`: a task whose node is lost is run again by Slurm; what its first run said stays.
 * - `--output`: a `%` of the folder is none of Slurm's.
 * @param after id of the part before, which has to be over where only so many may run at a time
 */
export function partArguments(
  { name, folder, atOnce, avoid }: TaskArray,
  { first, count }: Part,
  after?: string,
): readonly string[] {
  const most = atOnce === undefined ? '' : `%${atOnce}`;
  const isNext = atOnce !== undefined && first > 0 && after !== undefined;
  return [
    ...['--parsable', '--export=ALL', '--requeue', '--open-mode=append'],
    `--job-name=${name}`,
    `--array=0-${count - 1}${most}`,
    `--chdir=${folder}`,
    `--output=${folder.replaceAll('%', '%%')}/${name}-%A_%a.out`,
    ...(avoid.length === 0 ? [] : [`--exclude=${avoid.join()}`]),
    ...(isNext ? [`--dependency=afterany:${after}`] : []),
  ];
}

/**
 * The script of an array's tasks, whose argument is the place of the part's first one: it looks up its task and
 * becomes the command, which so hears of signals at once. What Slurm tells a task in its environment the command
 * is told in words of its own. A GPU is told by its place on the node, whatever the job itself can see of it,
 * unless Slurm has a name for it that is the same everywhere.
 */
export function arrayScript({ command }: SlurmOptions, list: string): string {
  const path = shellQuoted(list);
  return `#!/bin/sh
line=$(($1 + SLURM_ARRAY_TASK_ID + 1))
task=$(sed -n "$line{p;q;}" ${path})
[ -n "$task" ] || { printf 'There is no line %s in %s here.\\n' "$line" ${path} >&2; exit 1; }
case \${CUDA_VISIBLE_DEVICES-} in
  GPU-* | MIG-*) gpus=$CUDA_VISIBLE_DEVICES ;;
  *) gpus=\${SLURM_JOB_GPUS-} ;;
esac
exec ${command.map(shellQuoted).join(' ')} --node "$SLURMD_NODENAME" --gpus "$gpus" "$task"
`;
}

/**
 * The list in which the script looks up its task.
 * @throws UsageError for paths that Slurm can't be told
 */
export function taskList({ tasks, folder }: TaskArray, { command }: SlurmOptions): string {
  const broken = [...tasks, folder, ...command].find((path) => path.includes('\n'));
  if (broken !== undefined) throw cannotTell(broken, 'a line end');
  // In the path of an output a backslash has Slurm take all else as it stands, and is lost itself.
  if (folder.includes('\\')) throw cannotTell(folder, 'a backslash');
  return tasks.map((task) => `${task}\n`).join('');
}

/** The tasks of a list, in their order. */
export function listedTasks(list: string): readonly string[] {
  return list.split('\n').filter((task) => task !== '');
}

function cannotTell(path: string, what: string): UsageError {
  return new UsageError(
    `There is ${what} in a path that Slurm has to be told: ${shownName(path)}`,
    ['Move or rename the folder.'],
  );
}
