import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { givenOut, run, told, vsc } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';
import { followsARun } from '../support/following.ts';
import { honest, limits, projectWith, submissionZip } from '../support/submissions.ts';

it('follows a run as long as it goes on', () => followsARun({}));

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
