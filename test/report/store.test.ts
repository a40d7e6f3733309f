import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../src/errors.ts';
import { projectAt } from '../../src/project.ts';
import { reportLine } from '../../src/report/headline.ts';
import { readReport } from '../../src/report/read.ts';
import { readLogTail, writeReport } from '../../src/report/store.ts';
import { folderWith } from '../support/folder.ts';
import { failedModel, hostileModel, reportModel, without } from '../support/report-model.ts';

describe('report.json', () => {
  it.each([
    ['a run that went well', reportModel()],
    ['one without score', without(reportModel(), 'score', 'reproduction', 'log', 'memory')],
    ['one that failed', failedModel()],
    ['a hostile one', hostileModel()],
  ])('comes back as it was written: %s', async (_, model) => {
    const project = projectAt(await folderWith());
    await writeReport(model, project);
    expect(await readReport(project)).toEqual(model);
    expect((await readdir(project.submission)).sort()).toEqual(['report.html', 'report.json']);
    expect(await readFile(project.reportPage, 'utf8')).toContain('</html>');
  });

  it('is bounded whatever was found, and so it is when it is read again', async () => {
    const project = projectAt(await folderWith());
    const finding = {
      severity: 'warning',
      file: 'a',
      rule: 'x',
      message: '\u202e'.repeat(5000),
    } as const;
    const findings = Array.from({ length: 20_000 }, () => finding);
    await writeReport(reportModel({ findings }), project);
    expect((await stat(project.report)).size).toBeLessThan(2e6);
    expect((await stat(project.reportPage)).size).toBeLessThan(2e6);
    const again = await readReport(project);
    expect([again.findings.length, again.moreFindings]).toEqual([100, 19_900]);
    await writeReport(again, project);
    expect(await readReport(project)).toEqual(again);
  });

  it('holds nothing that acts on a terminal that is shown it', async () => {
    const project = projectAt(await folderWith());
    const model = reportModel({ dataset: '\u009b2J\u202e\u007f ##[add-mask]x' });
    await writeReport(model, project);
    expect(await readFile(project.report, 'utf8')).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|##/u);
    expect(await readReport(project)).toEqual(model);
  });

  it.each([
    ['no JSON', '{"version": 1', 'is no JSON'],
    ['of another version', '{"version": 2}', 'version: '],
    ['not a report', '[]', 'is not a report of this version'],
    [
      'damaged',
      JSON.stringify({ ...reportModel(), counts: { fullPairs: '<b>' } }),
      'counts.fullPairs',
    ],
  ])('is refused, naming the command to run, when it is %s', async (_, content, says) => {
    const project = projectAt(await folderWith({ 'submission/report.json': content }));
    const error = await readReport(project).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error).toMatchObject({
      message: expect.stringContaining(says),
      next: [expect.stringContaining('vsc test-submission')],
    });
  });

  it.each([
    ['no JSON', '{"dataset": \u001b[2J}'],
    ['not a report', JSON.stringify(reportModel({ startedAt: '\u001b[2J\u202e' }))],
  ])('does nothing to the terminal where it is %s', async (_, content) => {
    const project = projectAt(await folderWith({ 'submission/report.json': content }));
    const error = await readReport(project).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toContain('\\x1b[2J');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those must not be there
    expect((error as Error).message).not.toMatch(/[\u001b\u202e]/);
  });

  it('is refused when it can not be read', async () => {
    const project = projectAt(await folderWith({ 'submission/report.json/x': '' }));
    await expect(readReport(project)).rejects.toThrow(
      /report\.json is a folder, where a file should be/,
    );
  });
});

describe('the line for a terminal', () => {
  it('says the verdict and both scores', () => {
    expect(reportLine(reportModel())).toBe(
      'The submission runs on train, µAP 0.6569 full, 0.6295 subset (2026-11-22T14:05:09.123Z).',
    );
    expect(reportLine(failedModel())).toMatch(/^The submission failed on train \(/);
  });
});

describe('the end of a log', () => {
  it('is all of a short one', async () => {
    const folder = await folderWith({ 'log.txt': 'one\ntwo\n' });
    const tail = { file: 'log.txt', text: 'one\ntwo\n', complete: true };
    expect(await readLogTail(join(folder, 'log.txt'))).toEqual(tail);
  });

  it('begins with a whole line, and cuts no character in two', async () => {
    const path = join(await folderWith(), 'log.txt');
    await writeFile(path, 'first\nümläut second\nthird\n');
    const tail = await readLogTail(path, 20);
    expect(tail).toEqual({ file: 'log.txt', text: 'third\n', complete: false });
  });

  it('is nothing of an empty one', async () => {
    const folder = await folderWith({ 'log.txt': '' });
    const tail = { file: 'log.txt', text: '', complete: true };
    expect(await readLogTail(join(folder, 'log.txt'))).toEqual(tail);
  });

  it('is undefined without a log', async () => {
    expect(await readLogTail(join(await folderWith(), 'log.txt'))).toBeUndefined();
  });
});
