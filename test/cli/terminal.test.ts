import { describe, expect, it } from 'vitest';
import { runMain } from '../../src/cli/run-main.ts';
import { folderWith } from '../support/folder.ts';
import { testWorld } from '../support/world.ts';

/** What is said of a run at a terminal, or elsewhere. */
async function said(
  line: string,
  env: Record<string, string>,
  { at = 'terminal', columns = 80 } = {},
) {
  const cwd = await folderWith();
  const { world, stdout, stderr } = testWorld(line.split(' '), { cwd, env });
  if (at === 'terminal') {
    for (const output of [world.stdout, world.stderr]) {
      Object.assign(output, { isTTY: true });
      Object.assign(output.stream(), { columns });
    }
  }
  await runMain(world);
  return { stdout: stdout(), stderr: stderr() };
}

const isColoured = (text: string) => text.includes('\u001b[');

describe('colours', () => {
  it.each<[Record<string, string>, terminal: boolean, elsewhere: boolean]>([
    [{}, true, false],
    [{ TERM: 'dumb' }, false, false],
    [{ NO_COLOR: '1' }, false, false],
    [{ NO_COLOR: '' }, true, false],
    [{ FORCE_COLOR: '1' }, true, true],
    [{ FORCE_COLOR: 'true' }, true, true],
    [{ FORCE_COLOR: '3', TERM: 'dumb' }, true, true],
    [{ FORCE_COLOR: '' }, true, false],
    [{ FORCE_COLOR: '0' }, false, false],
    [{ FORCE_COLOR: 'false' }, false, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, false],
    [{ FORCE_COLOR: '0', CLICOLOR_FORCE: '1' }, false, false],
    [{ CLICOLOR_FORCE: '1' }, true, true],
    [{ CLICOLOR_FORCE: '0' }, true, false],
    [{ CLICOLOR_FORCE: '1', NO_COLOR: '1' }, false, false],
    [{ CLICOLOR: '0' }, false, false],
    [{ CLICOLOR: '1' }, true, false],
    [{ CLICOLOR: '0', CLICOLOR_FORCE: '1' }, true, true],
    [{ GITHUB_ACTIONS_NO_TTY: 'true' }, false, false],
    [{ GITHUB_ACTIONS_NO_TTY: 'true', FORCE_COLOR: '1' }, true, true],
  ])('with %j: at a terminal %s, elsewhere %s', async (env, terminal, elsewhere) => {
    for (const line of ['score', 'help pull']) {
      const { stdout, stderr } = await said(line, env);
      expect(isColoured(stdout + stderr)).toBe(terminal);
      const other = await said(line, env, { at: 'file' });
      expect(isColoured(other.stdout + other.stderr)).toBe(elsewhere);
    }
  });

  it('that are forced are those of warnings in a log too, which does not move', async () => {
    const cwd = await folderWith({ 'vsc.env': 'DATASET=test' });
    const env = { FORCE_COLOR: '1' };
    const packageRoot = process.cwd();
    const { world, stderr } = testWorld(['init', '--dataset', 'train'], { cwd, env, packageRoot });
    expect(await runMain(world)).toBe(0);
    const said = stderr();
    expect(said.startsWith('\u001b[33mwarning: ')).toBe(true);
    expect(said.endsWith('there.\u001b[39m\n')).toBe(true);
  });
});

describe('the width', () => {
  const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
  const plain = { NO_COLOR: '1' };

  it.each([
    [80, 80],
    [100, 100],
    [200, 110],
  ])('of help at %i columns is at most %i, and near it', async (columns, most) => {
    const { stdout } = await said('help test-submission', plain, { columns });
    expect(widest(stdout)).toBeLessThanOrEqual(most);
    expect(widest(stdout)).toBeGreaterThan(most - 20);
  });

  it('of help is 80 where none is known', async () => {
    const { stdout } = await said('help test-submission', {}, { at: 'file' });
    expect(stdout).toBe((await said('help test-submission', plain)).stdout);
  });

  it('of help in a narrow terminal puts what a flag does below it', async () => {
    const { stdout } = await said('help test-submission', plain, { columns: 40 });
    expect(stdout).toContain(
      '\n  --cpus <number>\n      cores that the code may use\n      (default: all)\n',
    );
    expect(widest(stdout)).toBeLessThanOrEqual(60);
  });

  it('of errors is the terminal’s, and what may be pasted stays whole', async () => {
    const { stderr } = await said('data-subset', plain, { columns: 60 });
    const wide = stderr.split('\n').filter((line) => line.length >= 60);
    expect(wide.filter((line) => line.trim().includes(' '))).toEqual([]);
    expect(stderr).toContain(
      'Or fetch it from a list of URLs:\n  vsc download train --url-list FILE or URL\n',
    );
  });
});

describe('an old Windows console', () => {
  it('gets no symbols, and JSON and others get them', async () => {
    const cwd = await folderWith();
    const of = async (line: string, platform: NodeJS.Platform) => {
      const { world, stdout, stderr } = testWorld(line.split(' '), { cwd, platform });
      await runMain(world);
      return stdout() + stderr();
    };
    expect(await of('data-subset', 'win32')).toContain('each also as train_....csv');
    expect(await of('data-subset', 'linux')).toContain('each also as train_….csv');
    expect(await of('data-subset --json', 'win32')).toContain('each also as train_….csv');
  });
});
