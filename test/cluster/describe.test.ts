import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { containersOf, run, told, vsc } from '../support/cli.ts';
import { code, finished, project, sets, shards } from '../support/described.ts';
import { keptFolderWith } from '../support/folder.ts';
import { type SlurmCluster, startSlurm } from '../support/slurm.ts';

const slow = code.replace('time.sleep(0.05)', 'time.sleep(0.4)');
const plan = 'describe --dataset test --shards 12';
const onSlurm = `${plan} --on slurm`;

let cluster: SlurmCluster;
let env: Record<string, string>;
/** What this machine makes of the same, once that is known. */
let ofThisMachine: Awaited<ReturnType<typeof sets>> | undefined;

const slurm = (tool: string, ...args: string[]) => cluster.run(tool, ...args);

const until = async (isSo: () => Promise<boolean>, what: string, seconds = 120) => {
  for (let left = seconds * 10; !(await isSo()); left -= 1) {
    if (left < 0) throw new Error(`Waited for ${what} in vain.`);
    await sleep(100);
  }
};

const idle = async () => {
  const states = (await slurm('sinfo', '-h', '-N', '-p', 'main', '-o', '%T')).split('\n');
  return states.length === 3 && states.every((state) => state === 'idle');
};

/** Resumes nodes that were set down, or that a controller without its memory has drained: it began a task there twice. */
const resumeAll = async () => {
  for (const line of (await slurm('sinfo', '-h', '-N', '-p', 'main', '-o', '%N %T')).split('\n')) {
    const [node, state = ''] = line.split(' ');
    if (/^(down|drain)/.test(state))
      await slurm('scontrol', 'update', `nodename=${node}`, 'state=resume');
  }
};
const allIdle = async () => {
  await resumeAll();
  return idle();
};
const running = async (node: string) => (await slurm('squeue', '-h', '-t', 'R', '-w', node)) !== '';

/** What has been published, each by the token of its folder on the disk and the time of its result. */
const published = async (root: string) => {
  const names = await readdir(shards(root)).catch(() => []);
  const known = names.map(async (name) => {
    const done = join(shards(root), name, 'done');
    const files = [done, join(done, 'result.json')].map((path) =>
      stat(path).catch(() => undefined),
    );
    const [of, result] = await Promise.all(files);
    return of && result ? [[name, `${of.ino} ${result.mtimeMs}`]] : [];
  });
  return Object.fromEntries((await Promise.all(known)).flat());
};

const expected = async () => {
  if (ofThisMachine !== undefined) return ofThisMachine;
  const root = await project(slow);
  expect(await run(root, `${plan} --parallel 4`)).toMatchObject({ exitCode: 0 });
  ofThisMachine = await sets(root);
  return ofThisMachine;
};

/**
 * How a command ends; of one that does not it tells what the cluster is about. A controller that was killed may
 * take tasks for running that have ended, and only after three minutes their silence tells.
 */
const endOf = async <T>(command: PromiseLike<T>): Promise<T> => {
  const isLate = sleep(300_000, 'late' as const, { ref: false });
  const end = await Promise.race([command, isLate]);
  if (end !== 'late') return end as T;
  const queue = await slurm('squeue', '--array', '-t', 'all', '-o', '%F_%K %T %N %r %j');
  throw new Error(`It goes on and on.\n${queue}\n${await slurm('sinfo', '-N', '-l')}`);
};

/** The same bytes as on this machine, and nothing is left of how they came about. */
const expectWhole = async (root: string, before: Record<string, string> = {}) => {
  expect(await sets(root)).toEqual(await expected());
  expect(await published(root)).toMatchObject(before);
  expect(await containersOf(root)).toBe('');
  expect(await slurm('squeue', '-h', '-t', 'all', '-o', '%T %j')).not.toMatch(/PENDING|RUNNING/);
  const left = (await readdir(join(root, 'describe'), { recursive: true })).join('\n');
  expect(left).not.toMatch(/\.attempt-|\.partial|probe\/|jobs\/.*\.json/);
};

/** A project whose shards take some seconds, described on the cluster; `middle` is when some are done. */
const described = async () => {
  const root = await project(slow);
  const command = vsc(root, onSlurm, { env });
  onTestFinished(async () => void command.kill('SIGKILL'));
  const middle = async (done = 2) => {
    await until(async () => (await finished(root)) >= done, `${done} shards`);
    return published(root);
  };
  return { root, command, middle };
};

beforeAll(async () => {
  cluster = await startSlurm();
  env = cluster.env as Record<string, string>;
});

afterAll(() => cluster?.stop());

it('makes the bytes that this machine makes', { timeout: 400_000 }, async () => {
  const { root, command } = await described();
  const { exitCode, stderr } = await endOf(command);
  expect(exitCode, String(stderr)).toBe(0);
  await expectWhole(root);
  const again = await endOf(run(root, onSlurm, env));
  expect(again.stderr).toContain('12 of 12 shards are done already.');
});

it('loses nothing with a node without power and one without a network', {
  timeout: 600_000,
}, async () => {
  const { root, command, middle } = await described();
  const before = await middle();
  await until(() => running('node1'), 'node1');
  await cluster.meddle('kill-node', '1');
  await until(() => running('node2'), 'node2');
  await cluster.meddle('cut-node', '2');
  const { exitCode, stderr } = await endOf(command);
  expect(exitCode, String(stderr)).toBe(0);
  await expectWhole(root, before);
  await cluster.meddle('start-node', '1');
  await cluster.meddle('start-node', '2');
  await until(idle, 'all nodes to be idle');
});

it('loses nothing with a node set down, a new controller, and its own death', {
  timeout: 600_000,
}, async () => {
  const { root, command, middle } = await described();
  await middle(1);
  await until(() => running('node3'), 'node3');
  await slurm('scontrol', 'update', 'nodename=node3', 'state=down', 'reason=test');
  await middle(3);
  await cluster.meddle('kill-controller');
  command.kill('SIGKILL');
  await command;
  const before = await published(root);
  await cluster.meddle('start-controller');
  const again = await endOf(run(root, onSlurm, env));
  expect(again.exitCode, again.stderr).toBe(0);
  await expectWhole(root, before);
  await until(allIdle, 'all nodes to be idle');
});

it('is ended by down, its jobs and its vsc, whether that lives or not', {
  timeout: 400_000,
}, async () => {
  const { root, command, middle } = await described();
  await middle(1);
  const ended = await endOf(run(root, 'down --json', env));
  expect(ended.exitCode, ended.stderr).toBe(0);
  const { processes, jobs } = JSON.parse(ended.stdout);
  expect(processes).toContain(command.pid);
  expect(jobs).toHaveLength(1);
  expect((await endOf(command)).exitCode).toBe(143);
  const queue = () => slurm('squeue', '-h', '-t', 'PENDING,RUNNING,COMPLETING', '-o', '%T %j');
  await until(async () => (await queue()) === '', 'an empty queue');
  expect(await containersOf(root)).toBe('');

  const before = await finished(root);
  const again = vsc(root, onSlurm, { env });
  await until(async () => (await finished(root)) > before, 'another shard');
  again.kill('SIGKILL');
  await again;
  const later = await endOf(run(root, 'down', env));
  expect(later).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Cancelled Slurm job'),
  });
  await until(async () => (await queue()) === '', 'an empty queue');
  expect(await containersOf(root)).toBe('');
  const nothing = await endOf(run(root, 'down', env));
  expect(nothing.stdout).toBe('Nothing of this project runs.\n');
});

it('leaves its jobs when it is interrupted, and cancels them when that is insisted on', async () => {
  const { root, command, middle } = await described();
  await middle(1);
  command.kill('SIGTERM');
  const left = await command;
  expect(left.exitCode).toBe(143);
  expect(left.stderr).toMatch(/Slurm goes on with what it was given \(\d+\)\. .*the same command/);
  expect(await slurm('squeue', '-h', '-o', '%j')).toMatch(/^vsc-/);
  const again = vsc(root, onSlurm, { env });
  await told(again, ' running, ');
  again.kill('SIGINT');
  await told(again, 'Ctrl-C again');
  again.kill('SIGINT');
  const cancelled = await again;
  expect(cancelled.exitCode).toBe(130);
  expect(cancelled.stderr).toMatch(/Cancelled \d+/);
  expect(await slurm('squeue', '-h')).toBe('');
  expect(await containersOf(root)).toBe('');
  const last = await endOf(run(root, onSlurm, env));
  expect(last.exitCode, last.stderr).toBe(0);
  await expectWhole(root);
});

it.each([
  [
    'an unknown partition',
    '--partition nope',
    /There is no partition "nope" here\. --partition may be: .*main/,
  ],
  ['more cores than a node has', '--cpus 64', /cores|configuration/i],
])('says what is in the way: %s', async (_, flags, message) => {
  const root = await project();
  const { exitCode, stderr } = await run(root, `${onSlurm} ${flags}`, env);
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(message);
  expect(stderr.match(/Tasks can't run on Slurm/g)).toHaveLength(1);
  expect(await slurm('squeue', '-h')).toBe('');
});

it('says that the folder is not shared', async () => {
  const [root, shown] = [await project(), await keptFolderWith()];
  onTestFinished(async () => void (await execa('rm', ['-r', shown])));
  // Seen by this process and what it starts; the nodes see an empty folder there.
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  const shell = `mount --bind "$1" "$2" && cd / && exec node ${main} -C "$2" ${onSlurm}`;
  const { exitCode, stderr } = await execa(
    'unshare',
    ['--mount', 'sh', '-c', shell, 'sh', root, shown],
    { env, reject: false },
  );
  expect(exitCode, stderr).toBe(3);
  expect(stderr).toMatch(/Is that folder on a file system that all nodes share/);
  expect(await slurm('squeue', '-h')).toBe('');
  expect(await readdir(join(root, 'describe/submission_src-test/jobs'))).toEqual([]);
  expect(await readFile(join(root, 'submission_src/main.py'), 'utf8')).toBe(code);
});
