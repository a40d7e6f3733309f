import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containersOf, run, told, vsc } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';

describe('sample data', () => {
  it('go the whole way: made, drawn from, packed for, searched and scored', async () => {
    const project = await folderWith();
    const made = await run(project, 'sample-data --json');
    expect(made.stderr).toContain('"label":"Making videos"');
    expect(made.exitCode).toBe(0);
    const told = JSON.parse(made.stdout);
    expect(told).toMatchObject({ seed: 42, replaced: false });
    for (const { queries, references } of told.datasets) {
      expect(queries).toBeGreaterThanOrEqual(60);
      expect(references).toBeGreaterThanOrEqual(80);
    }
    expect(told.bytes).toBeLessThan(60e6);
    const root = join(project, 'competition_data');
    for (const dataset of ['train', 'test']) {
      const videos = await readdir(join(root, dataset, 'query'));
      const listed = await readFile(join(root, dataset, `${dataset}_query_metadata.csv`), 'utf8');
      const ids = listed
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[0]);
      expect(videos.sort()).toEqual(ids.map((id) => `${id}.mp4`));
      const subset = await run(project, `data-subset --proportion 0.1 --dataset ${dataset} --json`);
      expect(JSON.parse(subset.stdout)).toMatchObject({ chosen: 8, absent: 0 });
    }
    expect((await run(project, 'pack-quickstart')).exitCode).toBe(0);
    const tested = await run(project, 'test-submission --block-internet --json');
    expect(tested.exitCode).toBe(0);
    const { full } = JSON.parse(tested.stdout).score;
    expect(full.truePairs).toBe(told.truePairs);
    expect(full.microAveragePrecision).toBeLessThan(0.05);
    const report = JSON.parse(await readFile(join(project, 'submission/report.json'), 'utf8'));
    expect(report.frames.notes).toEqual([]);
    expect(report.frames.pairs.length).toBeGreaterThan(20);
    for (const { queryMoment, referenceMoment } of report.frames.pairs) {
      for (const moment of [queryMoment, referenceMoment]) {
        expect(moment).toMatchObject({ seconds: expect.any(Number) });
        expect(moment.jpeg).toMatch(/^\/9j\//); // as JPEGs begin
      }
    }
    expect((await stat(join(project, 'submission/report.html'))).size).toBeLessThan(1.5e6);
    expect(await containersOf(project)).toBe('');
  }, 600_000);

  it('are refused a place where something else is', async () => {
    const project = await folderWith({ 'competition_data/train/query/Q100001.mp4': 'real' });
    const { exitCode, stderr } = await run(project, 'sample-data');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('did not put there, and would be replaced: train.');
    expect(stderr).toContain('vsc -C DIR sample-data');
  });

  it('leave nothing where they are interrupted', async () => {
    const project = await folderWith();
    const running = vsc(project, 'sample-data --json');
    await told(running, 'Making videos');
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
    expect(await readdir(project)).toEqual([]);
    expect(await containersOf(project)).toBe('');
  });

  it('are made by an image that can: the others are told so', async () => {
    const { exitCode, stderr } = await run(
      await folderWith(),
      'sample-data --image debian:bookworm-slim',
    );
    expect(exitCode).toBe(3);
    expect(stderr).toContain("debian:bookworm-slim can't make sample data");
  });
});
