import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, Interrupted, SubmissionFailed } from '../../src/errors.ts';
import { makeSet, makeZip } from '../descriptors/support.ts';
import { rawZip } from '../support/raw-zip.ts';
import { recordedProject } from '../support/recorded.ts';

/** What an earlier run left. */
const earlier = {
  'submission/submission.tar.gz': 'earlier results',
  'submission/provenance.json': 'earlier record',
  'submission/report.html': 'earlier page',
  'submission/report.json': 'earlier report',
};

const contents = async (root: string, names: readonly string[]) =>
  Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [
        name,
        await readFile(join(root, name), 'utf8').catch(() => 'not there'),
      ]),
    ),
  );

const hidden = async (root: string) =>
  (await readdir(join(root, 'submission'))).filter((name) => name.startsWith('.'));

describe('a rehearsal', () => {
  it('replaces what an earlier one left, and leaves nothing else', async () => {
    const { root, project, recording } = await recordedProject(undefined, { files: earlier });
    const { facts } = await recording;
    expect(facts).toMatchObject({ fullPairs: 2, subsetPairs: 1, subsetQueries: 3 });
    expect(facts.pace).toEqual({
      secondsPerQuery: 0.5,
      limit: 10,
      projectedQueries: 800,
      projectedSeconds: 400,
      allowedSeconds: 8000,
    });
    const now = await contents(root, Object.keys(earlier));
    for (const content of Object.values(now)) expect(content).not.toMatch(/^(earlier|not there)/);
    expect(JSON.parse(await readFile(project.report, 'utf8')).verdict).toEqual({ kind: 'ok' });
    expect(await hidden(root)).toEqual([]);
  });

  it('projects the search of whole sets from one that took long enough to tell', async () => {
    const { recording } = await recordedProject(undefined, { searchSeconds: 5 });
    const { facts } = await recording;
    // A hundred times the products, and a tenth of that again for the subset.
    expect(facts.pace?.search).toEqual({ queries: 8000, references: 40_000, seconds: 550 });
  });

  it('reports on the page what the checks before it warned of', async () => {
    const zip = makeZip([
      { name: 'main.py', data: Buffer.from("import requests\nrequests.get('x')\n") },
      { name: 'query_descriptors.npz', data: makeSet(['Q100001']) },
      { name: 'reference_descriptors.npz', data: makeSet(['R100001']) },
    ]);
    const { project, recording } = await recordedProject(undefined, {
      files: { 'submission/submission.zip': zip },
      skipPreflight: false,
    });
    expect((await recording).provenance.preflight).toBe('passed');
    const { findings } = JSON.parse(await readFile(project.report, 'utf8'));
    expect(findings).toMatchObject([{ severity: 'warning', file: 'main.py' }]);
    expect(await readFile(project.reportPage, 'utf8')).toContain('main.py:2 uses requests,');
  });

  it('of a submission that fails leaves its record and report, and no results of another', async () => {
    const failed = new SubmissionFailed('It failed.');
    const { root, project, recording } = await recordedProject(
      async () => {
        throw failed;
      },
      { files: earlier },
    );
    await expect(recording).rejects.toBe(failed);
    const now = await contents(root, Object.keys(earlier));
    expect(now['submission/submission.tar.gz']).toBe('not there');
    expect(JSON.parse(await readFile(project.report, 'utf8')).verdict).toMatchObject({
      kind: 'failed',
      reason: 'It failed.',
    });
    expect(JSON.parse(await readFile(project.provenance, 'utf8')).outcome).toBe('failed');
    expect(await hidden(root)).toEqual([]);
  });

  it.each([
    ['an interruption', new Interrupted('SIGINT')],
    ['a fault of the environment', new EnvironmentError('The engine is gone.')],
    ['a bug', new TypeError('x is not a function')],
  ])('lets everything of an earlier run stand after %s', async (_, error) => {
    const { root, recording } = await recordedProject(
      async () => {
        throw error;
      },
      { files: earlier },
    );
    await expect(recording).rejects.toBe(error);
    expect(await contents(root, Object.keys(earlier))).toEqual(earlier);
    expect(await hidden(root)).toEqual([]);
  });

  it('without code keeps no descriptors that other code made', async () => {
    const files = { 'submission/submission.zip': rawZip([{ name: 'readme.md', data: 'no code' }]) };
    const { project, recording } = await recordedProject(undefined, { files });
    const { provenance } = await recording;
    await expect(
      readFile(join(project.submission, 'subset_query_descriptors.npz')),
    ).rejects.toThrow(/ENOENT/);
    expect(provenance.files.map(({ role }) => role)).not.toContain('subset_descriptors');
  });
});

describe('a run whose folder is to be kept', () => {
  const kept = async (root: string) => {
    const names = await readdir(join(root, 'submission'));
    return names.filter((name) => name.startsWith('kept-'));
  };

  it('keeps what a failure has left, the record too', async () => {
    const failed = new SubmissionFailed('It failed.');
    const during = async () => {
      throw failed;
    };
    const { root, recording, events } = await recordedProject(during, {
      files: earlier,
      keep: true,
    });
    await expect(recording).rejects.toBe(failed);
    const [folder = ''] = await kept(root);
    expect(await readdir(join(root, 'submission', folder))).toEqual(
      expect.arrayContaining(['log.txt', 'provenance.json', 'report.html', 'report.json']),
    );
    const message = expect.stringContaining(`${folder} (log.txt, provenance.json,`);
    expect(events).toContainEqual({ type: 'note', message });
    expect(await hidden(root)).toEqual([]);
  });

  it("keeps the log of one that came to no end, and nothing of an earlier run's", async () => {
    const gone = new EnvironmentError('The engine is gone.');
    const during = async () => {
      throw gone;
    };
    const { root, recording } = await recordedProject(during, { files: earlier, keep: true });
    await expect(recording).rejects.toBe(gone);
    const [folder = ''] = await kept(root);
    expect(await readdir(join(root, 'submission', folder))).toEqual(['log.txt']);
    expect(await contents(root, Object.keys(earlier))).toEqual(earlier);
  });

  it.each([
    ['that went well', undefined],
    ['that was interrupted', new Interrupted('SIGINT')],
  ])('keeps nothing of one %s', async (_, interruption) => {
    const stop = new AbortController();
    const during = async () => {
      if (interruption === undefined) return;
      stop.abort(interruption);
      throw interruption;
    };
    const options = { signal: stop.signal, keep: true };
    const { root, recording } = await recordedProject(during, options);
    await recording.catch(() => {});
    expect(await kept(root)).toEqual([]);
    expect(await hidden(root)).toEqual([]);
  });
});
