import { chmod, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { run } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';
import { reportModel } from '../support/report-model.ts';

const model = reportModel();
const projectWithReport = () => folderWith({ 'submission/report.json': JSON.stringify(model) });

/** A PATH whose opener writes down what it was given. */
async function opener() {
  const script = '#!/bin/sh\nprintf %s "$1" > "$(dirname "$0")/opened"\n';
  const bin = await folderWith({ 'xdg-open': script });
  await chmod(join(bin, 'xdg-open'), 0o755);
  const opened = () => readFile(join(bin, 'opened'), 'utf8').catch(() => '');
  return { PATH: `${bin}:${process.env.PATH}`, opened };
}

describe('vsc report', () => {
  it('makes the page again without running anything, and says verdict, score and place', async () => {
    const project = await projectWithReport();
    const noEngine = { DOCKER_HOST: 'unix:///no/engine' };
    const { exitCode, stdout } = await run(project, 'report', noEngine);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('The submission runs on train, µAP 0.6569 full, 0.6295 subset');
    expect(stdout).toContain(join(project, 'submission/report.html'));
    expect(await readFile(join(project, 'submission/report.html'), 'utf8')).toContain('0.6569');
  });

  it('prints the whole report with --json', async () => {
    const project = await projectWithReport();
    const { stdout } = await run(project, 'report --json');
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      command: 'report',
      ok: true,
      page: join(project, 'submission/report.html'),
      opened: false,
      report: model,
    });
  });

  it('3 without a run behind it, naming the command to run', async () => {
    const { exitCode, stderr } = await run(await folderWith(), 'report');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /There is no report yet: .*report\.json is missing\.\n[\s\S]* +vsc test-submission/,
    );
  });

  it('opens the page with --open', async () => {
    const project = await projectWithReport();
    const { PATH, opened } = await opener();
    const { exitCode, stdout } = await run(project, 'report --open --json', { PATH });
    expect({ exitCode, opened: JSON.parse(stdout).opened }).toEqual({ exitCode: 0, opened: true });
    await vi.waitFor(async () =>
      expect(await opened()).toBe(join(project, 'submission/report.html')),
    );
  });

  it('makes the page all the same where nothing can open it, and says so', async () => {
    const project = await projectWithReport();
    const bin = await folderWith();
    await symlink(process.execPath, join(bin, 'node'));
    const { exitCode, stderr } = await run(project, 'report --open', { PATH: bin });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('No program could be started to show the page');
    expect(await readFile(join(project, 'submission/report.html'), 'utf8')).toContain('</html>');
  });
});
