import type { Environment } from '../environment.ts';
import { lookForFile } from '../places.ts';
import { shellQuoted } from '../progress/shell.ts';
import { quoted, shownName } from '../progress/visible.ts';
import type { Needs } from './port.ts';
import {
  nodeFormat,
  type Partition,
  readNodes,
  readPartitions,
  type Wishes,
  whyNever,
} from './slurm-cluster.ts';
import { needsArguments, type SlurmOptions } from './slurm-script.ts';
import { type Answer, type Ask, missingTools } from './slurm-tools.ts';

/** What checking takes. */
export interface SlurmCheck extends SlurmOptions {
  readonly env: Environment;
  readonly ask: Ask;
}

/** Finds out whether such tasks can ever run on this cluster. @returns what is in the way, a sentence each */
export async function whatIsInTheWay(
  needs: Needs,
  { env, ask, ...options }: SlurmCheck,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const own = options.options.filter((option) => ownOptions.test(option));
  if (own.length > 0) return own.map((option) => `${option} is said by vsc itself: leave it out.`);
  const silent = (await whyNoTools(env)) ?? (await whySilent(ask, env, signal));
  signal.throwIfAborted();
  if (silent !== undefined) return [silent];
  const args = testArguments(needs, options);
  const tested = await ask('sbatch', args, signal);
  const all = readPartitions((await ask('scontrol', ['-o', 'show', 'partition'], signal)).text);
  const listed = ['--noheader', '--Node', '--all', `--format=${nodeFormat}`];
  const nodes = readNodes((await ask('sinfo', listed, signal)).text);
  signal.throwIfAborted();
  const names = chosenPartitions(tested, options, env);
  const strangers = names.filter((name) => all.every((partition) => partition.name !== name));
  if (strangers.length > 0) return [noPartition(strangers, all)];
  const chosen = all.filter(({ name, isDefault }) =>
    names.length === 0 ? isDefault : names.includes(name),
  );
  const never = whyNever(wishesOf(needs, options.options, env), chosen, nodes);
  if (never.length > 0 || tested.ok) return never;
  return [refusal(tested.said, args)];
}

/** What sbatch may not be told besides: vsc could not find its tasks again. */
const ownOptions =
  /^(--(array|job-name|clusters?|chdir|wrap|parsable|wait|export|test-only|output)\b|-[aJMDWo])/;

async function whyNoTools(env: Environment): Promise<string | undefined> {
  const missing = await missingTools(env);
  if (missing.length === 0) return undefined;
  const are = missing.length === 1 ? 'is' : 'are';
  return `${missing.join(', ')} ${are} not on the PATH: run this where jobs are submitted, or install Slurm's commands (Debian: slurm-client).`;
}

async function whySilent(
  ask: Ask,
  { SLURM_CONF: configuration = '' }: Environment,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (configuration !== '' && !(await lookForFile(configuration))) {
    return `SLURM_CONF is ${shownName(configuration)}, and there is no such file: it has to name the cluster's slurm.conf.`;
  }
  const { text, said } = await ask('scontrol', ['ping'], signal);
  if (/\bis UP\b/.test(text)) return undefined;
  const [first = ''] = text.split('\n');
  const hint =
    configuration === ''
      ? "SLURM_CONF is not set: where this machine's own slurm.conf is not the cluster's, it has to name that."
      : `SLURM_CONF is ${shownName(configuration)}: is that the right cluster's?`;
  return `Slurm's controller does not answer (${said || first}). ${hint} "scontrol ping" tells when it does again.`;
}

/** Has sbatch only say whether it would take such a task. */
function testArguments(needs: Needs, options: SlurmOptions): readonly string[] {
  return ['--test-only', '--job-name=vsc-test', ...needsArguments(needs, options), '--wrap=true'];
}

/** The partitions that a task may run on, as far as they are named; sbatch names the one that it would take. */
function chosenPartitions(
  { ok, said }: Answer,
  { partition, options }: SlurmOptions,
  env: Environment,
): readonly string[] {
  const taken = ok ? / in partition ([^\s;]+)/.exec(said)?.[1] : undefined;
  const named = lastOf(options, /^(?:--partition=|-p ?)(.+)$/) ?? partition;
  return (named ?? taken ?? env.SBATCH_PARTITION)?.split(',') ?? [];
}

/** What the last of these options says that has such a form. */
function lastOf(options: readonly string[], form: RegExp): string | undefined {
  return options.flatMap((option) => form.exec(option)?.[1] ?? []).at(-1);
}

function noPartition(names: readonly string[], all: readonly Partition[]): string {
  const there = all.map(({ name }) => name).join(', ') || 'none';
  return `There is no partition ${names.map(quoted).join(', ')} here. --partition may be: ${there}.`;
}

/** What a task asks for, but for what the user has said in Slurm's words: that is for Slurm alone to judge. */
function wishesOf(needs: Needs, options: readonly string[], env: Environment): Wishes {
  const account = lastOf(options, /^(?:--account=|-A ?)(.+)$/) ?? env.SBATCH_ACCOUNT;
  const isSaid = (pattern: RegExp) => options.some((option) => pattern.test(option));
  const { memoryBytes, seconds } = needs;
  return {
    ...(account !== undefined && { account }),
    cores: isSaid(/^(--cpus-per-task|-c)/) ? 1 : needs.cores,
    gpus: isSaid(/^(--gres|--gpus|-G)/) ? 0 : needs.gpus,
    ...(memoryBytes !== undefined && !isSaid(/^--mem/) && { memoryBytes }),
    ...(seconds !== undefined && !isSaid(/^(--time|-t)/) && { seconds }),
  };
}

/** Why sbatch takes no such task, where the sizes of nodes don't tell. */
function refusal(said: string, args: readonly string[]): string {
  const remedy = remedies.find(([pattern]) => pattern.test(said))?.[1] ?? '';
  const command = ['sbatch', ...args].map(shellQuoted).join(' ');
  return `Slurm refuses such a task: ${said}.${remedy} To try it by hand: ${command}`;
}

/** What to do about what sbatch says. */
const remedies: readonly (readonly [says: RegExp, what: string])[] = [
  [/gres|generic resource/i, ' "sinfo -o \'%P %G\'" lists what nodes have.'],
  [/account|qos/i, ' An account that you have is named by --sbatch-option=--account=NAME.'],
  [/configuration is not available/i, ' "sinfo -R" lists nodes that are down, and why.'],
  [/node name/i, ' "sinfo -N" lists the nodes.'],
  [/feature/i, ' "sinfo -o \'%N %f\'" lists the features of nodes.'],
];
