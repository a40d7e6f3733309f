import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, Interrupted, SubmissionFailed } from '../../src/errors.ts';
import { readProvenance } from '../../src/provenance/file.ts';
import type { Provenance } from '../../src/provenance/provenance.ts';
import { rankingFiles, recordedProject, runFiles } from '../support/recorded.ts';

const digestOf = (content: string | Uint8Array) => ({
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});

describe('the record of a run that went well', () => {
  it('has the digest of every file that the run used or made', async () => {
    const { root, project, recording } = await recordedProject();
    const { provenance } = await recording;
    for (const [path, content] of Object.entries(runFiles)) {
      expect(provenance.files).toContainEqual(
        expect.objectContaining({ path, ...digestOf(content) }),
      );
    }
    const archive = await readFile(project.archive);
    expect(provenance.files.at(-1)).toEqual({
      role: 'result_archive',
      path: 'submission/submission.tar.gz',
      ...digestOf(archive),
    });
    expect(provenance.files).toHaveLength(Object.keys(runFiles).length + 1);
    expect(provenance.rankings).toEqual([
      { name: 'full_rankings.csv', pairs: 2, ...digestOf(rankingFiles['full_rankings.csv']) },
      { name: 'subset_rankings.csv', pairs: 1, ...digestOf(rankingFiles['subset_rankings.csv']) },
    ]);
    expect(await readProvenance(project.provenance)).toEqual(provenance);
    expect((await readdir(join(root, 'submission'))).filter((n) => n.includes('partial'))).toEqual(
      [],
    );
  });

  it('says what ran, where and when', async () => {
    const { provenance } = await (await recordedProject()).recording;
    expect(provenance).toMatchObject({
      format: 'vsc-provenance',
      version: 1,
      outcome: 'succeeded',
      failure: null,
      dataset: 'train',
      run: expect.stringMatching(/^[0-9a-f]{8}$/),
      preflight: 'skipped',
      times: { containerSeconds: 2.5, stages: [{ name: 'main', seconds: 1.5 }] },
      versions: {
        vsc: '1.2.3',
        node: 'v20.0.0',
        engine: { product: 'Docker', version: '24.0.1', api: '1.43' },
        runtime: { python: '3.9.13' },
      },
      image: {
        name: 'registry/x:1',
        id: 'sha256:abc',
        repoDigests: ['registry/x@sha256:def'],
        labels: { 'vsc.runtime.variant': 'cpu' },
        why: 'official image',
      },
      limits: { memoryBytes: 2 ** 34, pids: 2048 },
      counts: { subsetQueries: 3, absentVideos: 1 },
    } satisfies { [Key in keyof Provenance]?: unknown });
    expect(provenance.containers).toMatchObject([
      {
        network: 'none',
        inputs: [{ source: 'data/train', target: '/data' }, {}],
        without: ['init'],
      },
      { network: 'none', unprivileged: true },
    ]);
    expect(Date.parse(provenance.times.started)).toBeLessThan(
      Date.parse(provenance.times.finished),
    );
  });

  it('names neither the user, nor the machine, nor where on it the project is', async () => {
    const { recording, root, project } = await recordedProject();
    await recording;
    const text = await readFile(project.provenance, 'utf8');
    for (const secret of ['jane', 'secret-host', root, dirname(dirname(root))]) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('found ~/bin/nvidia-smi');
  });

  it('takes a home that is the root of all for no secret', async () => {
    const { provenance } = await (await recordedProject(undefined, { userHome: '/' })).recording;
    expect(provenance.settings[0]?.source).toMatch(/^found \/.*\/bin\/nvidia-smi$/);
  });

  it('is some pages, whatever the image says of itself', async () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`a${at}`, 'x']));
    const labels = { long: 'y'.repeat(2001), fits: 'z'.repeat(2000), ...many };
    const { provenance } = await (await recordedProject(undefined, { labels })).recording;
    const { long, fits, ...others } = provenance.image.labels;
    expect(long).toBe(`${'y'.repeat(2000)}…`);
    expect(fits).toBe('z'.repeat(2000));
    expect(Object.keys(others)).toHaveLength(98);
  });

  it('has to be written: else the run did not go well', async () => {
    const { recording } = await recordedProject(async (root) => {
      await mkdir(join(root, 'submission/provenance.json/x'), { recursive: true });
    });
    await expect(recording).rejects.toThrow(EnvironmentError);
  });
});

describe('the record of a run that did not', () => {
  it('holds the failure and the inputs, where the submission is to blame', async () => {
    const { recording, project } = await recordedProject(async (root) => {
      throw new SubmissionFailed(`It failed; see ${root}/submission/log.txt`);
    });
    await expect(recording).rejects.toThrow(SubmissionFailed);
    const provenance = await readProvenance(project.provenance);
    expect(provenance).toMatchObject({
      outcome: 'failed',
      failure: 'It failed; see ./submission/log.txt',
      rankings: [],
    });
    const roles = provenance.files.map(({ role }) => role);
    expect(roles).toContain('submission');
    expect(roles).toContain('log');
    expect(roles).not.toContain('result_archive');
  });

  it.each([
    ['an interruption', new Interrupted('SIGINT')],
    ['a fault of the environment', new EnvironmentError('The engine is gone.')],
  ])('after %s there is none, not even an earlier one', async (_, error) => {
    const { recording, project } = await recordedProject(async (root) => {
      await expect(readFile(join(root, 'submission/provenance.json'))).rejects.toThrow(/ENOENT/);
      throw error;
    });
    await expect(recording).rejects.toBe(error);
    await expect(readFile(project.provenance)).rejects.toThrow(/ENOENT/);
  });

  it.each(Object.keys(runFiles).filter((name) => !/npz|log/.test(name)))(
    '%s changed meanwhile: no record, and it says which file',
    async (name) => {
      const { recording, project } = await recordedProject((root) =>
        appendFile(join(root, name), 'more'),
      );
      await expect(recording).rejects.toThrow(EnvironmentError);
      await expect(recording).rejects.toThrow(`${join(project.root, name)} was changed while`);
      await expect(readFile(project.provenance)).rejects.toThrow(/ENOENT/);
    },
  );

  it('tells of the failure even if it could not be recorded', async () => {
    const { recording, events } = await recordedProject(async (root) => {
      const left = await readdir(join(root, 'submission'));
      for (const name of left.filter((it) => it.startsWith('.run-'))) {
        await rm(join(root, 'submission', name), { recursive: true });
      }
      throw new SubmissionFailed('It failed.');
    });
    await expect(recording).rejects.toThrow('It failed.');
    expect(events).toContainEqual({
      type: 'warning',
      message: expect.stringContaining('The run is not recorded: '),
    });
  });
});
