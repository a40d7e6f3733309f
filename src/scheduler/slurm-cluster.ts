import { formatBytes, formatCount, formatEstimate } from '../progress/format.ts';
import { quoted } from '../progress/visible.ts';
import type { Needs } from './port.ts';
import { megabytes, minutes } from './slurm-script.ts';

/** A partition as `scontrol -o show partition` tells of it. */
export interface Partition {
  readonly name: string;
  readonly isDefault: boolean;
  /** `UP`; `DOWN` begins no tasks; `DRAIN` and `INACTIVE` take none. */
  readonly state: string;
  /** What a task may ask of it, where it says so. */
  readonly minutes?: number;
  readonly megabytes?: number;
  readonly cores?: number;
  /** The only ones that it is for, where it is not for all. */
  readonly accounts?: readonly string[];
}

/** What a task asks of a partition. */
export interface Wishes extends Needs {
  /** In whose name, where that is said. */
  readonly account?: string;
}

/** A node of a partition, as `sinfo` tells of it. */
export interface ClusterNode {
  readonly partition: string;
  readonly cores: number;
  readonly megabytes: number;
  readonly gpus: number;
}

/** Reads what `scontrol -o show partition` has printed, a partition a line. */
export function readPartitions(text: string): readonly Partition[] {
  return text.split('\n').flatMap((line) => {
    const facts = new Map(
      line.split(' ').map((fact) => {
        const [name = '', ...value] = fact.split('=');
        return [name, value.join('=')] as const;
      }),
    );
    const name = facts.get('PartitionName');
    if (name === undefined) return [];
    const most = {
      minutes: minutesOf(facts.get('MaxTime')),
      megabytes: numberOf(facts.get('MaxMemPerNode')),
      cores: numberOf(facts.get('MaxCPUsPerNode')),
    };
    const said = Object.entries(most).filter(([, value]) => value !== undefined);
    const accounts = facts.get('AllowAccounts') ?? 'ALL';
    const isDefault = facts.get('Default') === 'YES';
    const state = facts.get('State') ?? 'UP';
    return [
      {
        name,
        isDefault,
        state,
        ...Object.fromEntries(said),
        ...(accounts !== 'ALL' && { accounts: accounts.split(',') }),
      },
    ];
  });
}

function numberOf(text = ''): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Minutes of `[days-]hours:minutes:seconds`; undefined for `UNLIMITED`. */
function minutesOf(text = ''): number | undefined {
  const [, days = '0', ...rest] = /^(?:(\d+)-)?(\d+):(\d+):(\d+)$/.exec(text) ?? [];
  if (rest.length === 0) return undefined;
  const [hours = 0, mins = 0, seconds = 0] = rest.map(Number);
  return (Number(days) * 24 + hours) * 60 + mins + seconds / 60;
}

/** What `sinfo` is asked to print of each node in each partition. */
export const nodeFormat = '%R|%c|%m|%G';

/** Reads what `sinfo --Node` has printed by {@link nodeFormat}. */
export function readNodes(text: string): readonly ClusterNode[] {
  return text.split('\n').flatMap((line) => {
    const [partition = '', cores = '', memory = '', gres = ''] = line.split('|');
    if (!/^\d+$/.test(cores)) return [];
    return [{ partition, cores: Number(cores), megabytes: Number(memory), gpus: gpusOf(gres) }];
  });
}

/** How many GPUs a node has, by e.g. `gpu:a100:4(S:0-1),gpu:1,nvme:2`. */
function gpusOf(gres: string): number {
  const own = gres.matchAll(/(?:^|,)gpu(?::[^:,()]+)?:(\d+)/g);
  return [...own].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** What is in the way of a task on all of these partitions, a sentence each with what to do; none where one will do. */
export function whyNever(
  wishes: Wishes,
  partitions: readonly Partition[],
  nodes: readonly ClusterNode[],
): readonly string[] {
  const inTheWay = partitions.map((partition) => {
    const own = nodes.filter((node) => node.partition === partition.name);
    return whyNeverOn(wishes, partition, own);
  });
  return inTheWay.some((reasons) => reasons.length === 0) ? [] : inTheWay.flat();
}

function whyNeverOn(
  wishes: Wishes,
  partition: Partition,
  nodes: readonly ClusterNode[],
): readonly string[] {
  const where = `the partition ${quoted(partition.name)}`;
  if (nodes.length === 0) return [`There are no nodes in ${where}: ${listPartitions}.`];
  if (partition.state !== 'UP') {
    const does = partition.state === 'DOWN' ? 'begins no tasks' : 'takes no tasks';
    return [`${sentence(where)} ${does} now, it is ${partition.state}: ${listPartitions}.`];
  }
  const most = (of: (node: ClusterNode) => number, limit = Number.POSITIVE_INFINITY) =>
    Math.min(limit, Math.max(...nodes.map(of)));
  const { cores, memoryBytes = 0, gpus, seconds = 0, account } = wishes;
  const memory = memoryBytes === 0 ? 0 : megabytes(memoryBytes);
  const mostCores = most((node) => node.cores, partition.cores);
  const mostMemory = most((node) => node.megabytes, partition.megabytes);
  const mostGpus = most((node) => node.gpus);
  const mostMinutes = partition.minutes ?? Number.POSITIVE_INFINITY;
  const asks = (what: string, but: string, flag: string) =>
    `A task asks for ${what}, and ${but}: ask for less (${flag}).`;
  const has = (count: string) => `${where} has ${count} a node`;
  const reasons: string[] = [];
  if (account !== undefined && partition.accounts?.includes(account) === false) {
    const theirs = partition.accounts.map(quoted).join(', ');
    reasons.push(
      `${sentence(where)} is for the account ${theirs}, and not for ${quoted(account)}: --sbatch-option=--account=NAME names one that you have.`,
    );
  }
  if (cores > mostCores) {
    reasons.push(asks(counted(cores, 'core'), has(formatCount(mostCores)), '--cpus'));
  }
  if (memory > mostMemory) {
    reasons.push(asks(`${shown(memory)} of memory`, has(shown(mostMemory)), '--memory'));
  }
  if (gpus > mostGpus) {
    reasons.push(asks(counted(gpus, 'GPU'), has(formatCount(mostGpus)), '--gpus'));
  }
  if (seconds > 0 && minutes(seconds) > mostMinutes) {
    const end = `${where} ends tasks after ${formatEstimate(mostMinutes * 60)}`;
    reasons.push(asks(formatEstimate(seconds), end, '--time'));
  }
  if (reasons.length > 0) return reasons;
  const isEnough = (node: ClusterNode) =>
    node.cores >= cores && node.megabytes >= memory && node.gpus >= gpus;
  if (nodes.some(isEnough)) return [];
  const all = `${counted(cores, 'core')}, ${shown(memory)} of memory and ${counted(gpus, 'GPU')}`;
  return [
    `No node of ${where} has ${all} at once: ask for less (sinfo -N -o "${nodeFormat}" lists what each has).`,
  ];
}

const listPartitions = 'sinfo lists the partitions, and --partition names one';

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** Megabytes as Slurm counts them, in the units of people. */
function shown(count: number): string {
  return formatBytes(count * 2 ** 20);
}

function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
