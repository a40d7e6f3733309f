import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../support/folder.ts';
import { terminalWith } from '../support/terminal.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** An environment with `vsc` on its PATH, and a folder with folders and files. */
async function shellWorld() {
  const bin = await folderWith({ vsc: `#!/bin/sh\nexec node '${main}' "$@"\n` });
  await chmod(join(bin, 'vsc'), 0o755);
  const cwd = await folderWith({ 'folder one/a': '', file: '' });
  return { cwd, env: { PATH: `${bin}:${process.env.PATH}`, HOME: cwd, PS1: '> ', TERM: 'xterm' } };
}

/** What is typed, and what TAB adds to it. */
const rows = [
  ['vsc test-sub', 'mission'],
  ['vsc test-submission --dataset p', 'hase2'],
  ['vsc test-submission --dataset=p', 'hase2'],
  ['vsc build --sl', 'im'],
  ['vsc -C fo', 'lder'],
] as const;

const starts = { bash: 'bash --norc --noprofile -i', zsh: 'zsh -f -i' };

for (const shell of ['bash', 'zsh'] as const) {
  describe(shell, () => {
    it.each(rows)('%s and TAB', async (typed, added) => {
      const { cwd, env } = await shellWorld();
      const terminal = terminalWith(`cd '${cwd}' && exec ${starts[shell]}`, env);
      await terminal.type(`eval "$(vsc completion ${shell})"; echo rea""dy\r`, /ready/);
      await terminal.type(typed, new RegExp(`${typed.slice(-4)}$`));
      await terminal.type('\t', new RegExp(added));
    });
  });
}

describe('fish', () => {
  it.each([
    ['vsc test-sub', /^test-submission\trun /m],
    ['vsc test-submission --dataset ', /^phase2/m],
    ['vsc build --sl', /^--slim\t/m],
    ['vsc -C fo', /^folder one\//m],
  ])('%s', async (typed, expected) => {
    const { cwd, env } = await shellWorld();
    const script = `vsc completion fish | source; complete -C '${typed}'`;
    const { stdout } = await execa('fish', ['--no-config', '-c', script], { cwd, env });
    expect(stdout).toMatch(expected);
    expect(stdout).not.toMatch(/^file/m);
  });
});

it.each(['bash', 'zsh', 'fish'] as const)('the script for %s can be read', async (shell) => {
  const { stdout } = await execa('node', [main, 'completion', shell]);
  const file = join(await folderWith({ script: stdout }), 'script');
  await execa(shell, ['-n', file]);
  expect(stdout).toContain(`vsc completion ${shell}`);
});
