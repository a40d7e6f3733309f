import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { packWith, preparedProject, run, told, vsc } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';
import { loadIntoPodman, startPodman } from '../support/podman.ts';
import { honest, limits, projectWith, submissionZip } from '../support/submissions.ts';

const image = 'meta-vsc-descriptor-runtime:slim-local';
const isRoot = process.getuid?.() === 0;

/** Waits until a command that runs has given this out, or has ended. */
async function givenOut(running: ReturnType<typeof vsc>, what: string): Promise<void> {
  let text = '';
  await new Promise<void>((resolve) => {
    running.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(what)) resolve();
    });
    running.finally(resolve);
  });
}

/** A rehearsal is followed from its first line to its end, where it is told to end. */
async function followsARun(env: Record<string, string>) {
  const project = await preparedProject();
  await packWith(project, 'import time\nprint("begun", flush=True)\nwhile True: time.sleep(0.1)\n');
  const testing = vsc(project, 'test-submission --dataset test --block-internet', { env });
  await told(testing, 'begun');
  const following = vsc(project, 'logs -f', { env });
  const beside = vsc(project, 'logs --follow', { env });
  await Promise.all([givenOut(following, 'begun\n'), givenOut(beside, 'begun\n')]);
  beside.kill('SIGINT');
  expect((await beside).exitCode).toBe(130);
  testing.kill('SIGINT');
  expect((await testing).exitCode).toBe(130);
  const { exitCode, stdout, stderr } = await following;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toBe(await readFile(join(project, 'submission/log.txt'), 'utf8'));
  const again = await run(project, 'logs -f -n 1', env);
  expect(again).toEqual({
    exitCode: 0,
    stdout: `${String(stdout).trimEnd().split('\n').at(-1)}\n`,
    stderr: '',
  });
}

it('follows a run as long as it goes on', () => followsARun({}));

it.runIf(isRoot)('follows a run in Podman, too (as root only)', async () => {
  const unload = await loadIntoPodman(image);
  const podman = await startPodman();
  try {
    await followsARun({ DOCKER_HOST: podman.host });
  } finally {
    await podman.stop();
    await unload();
  }
});

it("tells the log of a batch's submission while it is at work, and afterwards", async () => {
  const project = await projectWith({
    'my best.zip': submissionZip(`print("first light", flush=True)\n${honest(3)}`),
  });
  const batch = vsc(project, `batch subs --dataset test ${limits}`);
  await told(batch, 'Judging');
  const log = async () => {
    for (;;) {
      const following = vsc(project, ['logs', '-f', 'my best']);
      await givenOut(following, 'first light');
      const ended = await following;
      if (ended.exitCode === 0 && String(ended.stdout).includes('first light')) return ended;
    }
  };
  const followed = await log();
  expect((await batch).exitCode).toBe(0);
  const after = await vsc(project, ['logs', 'my best.zip']);
  expect(followed.stdout).toBe(after.stdout);
});

it('says what makes a log where there is none', async () => {
  const none = await run(await folderWith(), 'logs');
  expect(none).toMatchObject({ exitCode: 3, stdout: '' });
  expect(none.stderr).toContain('Run "vsc test-submission"');
  expect((await run(await folderWith(), 'logs nothing')).exitCode).toBe(3);
});

it('gives programs the log as events, and people only what harms no terminal', async () => {
  const project = await folderWith({ 'submission/log.txt': 'a\x1b]0;x\x07\n' });
  const { stdout, stderr } = await run(project, 'logs --json');
  const path = join(project, 'submission/log.txt');
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, log: path, bytes: 14, followed: false });
  expect(JSON.parse(stderr)).toEqual({ type: 'output', text: 'a\\x1b]0;x\\x07\n' });
  expect((await run(project, 'logs')).stdout).toBe('a\\x1b]0;x\\x07\n');
});

it('ends with its reader', async () => {
  const project = await folderWith({ 'submission/log.txt': '' });
  const path = join(project, 'submission/log.txt');
  await writeFile(path, 'x'.repeat(99));
  for (let turn = 0; turn < 20; turn++) await appendFile(path, `${'y'.repeat(2 ** 20)}\n`);
  const telling = vsc(project, 'logs', { buffer: false });
  telling.stdout?.once('data', () => telling.stdout?.destroy());
  onTestFinished(() => void telling.kill());
  expect((await telling).exitCode).toBe(0);
});
