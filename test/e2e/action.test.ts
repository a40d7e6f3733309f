import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { folderWith } from '../support/folder.ts';
import { honest, projectWith, submissionZip } from '../support/submissions.ts';

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

const action = parse(await readFile('action.yml', 'utf8'));
const steps: readonly Step[] = action.runs.steps;

/** Carries out the action's own step as the runner does: inputs by variables, files for summary and outputs. */
async function rehearse(folder: string, inputs: Record<string, string>) {
  const given: Record<string, string> = {
    ...Object.fromEntries(
      Object.entries<{ default: string }>(action.inputs).map(([name, input]) => [
        name,
        input.default,
      ]),
    ),
    ...inputs,
  };
  const step = steps.find(({ run }) => run !== undefined);
  const fill = (text: string) =>
    text.replaceAll(/\$\{\{ inputs\.([a-z-]+) \}\}/g, (_, name) => given[name] ?? '');
  const files = await folderWith({ summary: '', output: '' });
  const { exitCode, stdout } = await execa('bash', ['-e', '-c', step?.run ?? 'exit 99'], {
    cwd: folder,
    reject: false,
    all: true,
    env: {
      ...Object.fromEntries(
        Object.entries(step?.env ?? {}).map(([name, text]) => [name, fill(text)]),
      ),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTION_PATH: resolve('.'),
      GITHUB_STEP_SUMMARY: join(files, 'summary'),
      GITHUB_OUTPUT: join(files, 'output'),
      RUNNER_TEMP: files,
    },
  });
  const upload = steps.at(-1)?.with?.path?.split('\n').filter(Boolean).map(fill) ?? [];
  const there = await Promise.all(
    upload.map((path) =>
      stat(resolve(folder, path)).then(
        () => path,
        () => undefined,
      ),
    ),
  );
  return {
    exitCode,
    stdout,
    summary: await readFile(join(files, 'summary'), 'utf8'),
    output: await readFile(join(files, 'output'), 'utf8'),
    uploaded: there.flatMap((path) => path?.split('/').at(-1) ?? []).sort(),
  };
}

const slim = { image: 'meta-vsc-descriptor-runtime:slim-local', dataset: 'test' };

/** A project with this zip to rehearse. */
async function projectOf(zip: Buffer): Promise<string> {
  const project = await projectWith({ 'one.zip': zip });
  await mkdir(join(project, 'submission'));
  await cp(join(project, 'subs/one.zip'), join(project, 'submission/submission.zip'));
  return project;
}

describe('the action', () => {
  it('tells score and pace of a submission that runs, and uploads all that is of the run', async () => {
    const { exitCode, stdout, summary, output, uploaded } = await rehearse(
      await projectOf(submissionZip(honest())),
      { ...slim, arguments: '--memory 2g' },
    );
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining('The submission runs.'),
    });
    expect(summary).toMatch(/^## ✅ The submission runs\n/);
    expect(summary).toMatch(/\| µAP, full \| 0\.\d{4} \|/);
    expect(summary).toMatch(/\| Seconds per query \| [\d.]+ of 10 \|/);
    expect(output).toMatch(/^exit-code=0\nscore=0\.\d+\n$/);
    expect(uploaded).toEqual(['log.txt', 'provenance.json', 'report.html', 'report.json']);
  });

  it('tells why a submission failed, in a folder below, and uploads what there is', async () => {
    const project = await projectOf(submissionZip('raise ValueError("no model")\n'));
    const { exitCode, summary, output, uploaded } = await rehearse(resolve(project, '..'), {
      ...slim,
      folder: project.split('/').at(-1) ?? '',
    });
    expect(exitCode).toBe(1);
    expect(summary).toMatch(/^## ❌ The submission failed\n\n\*\*.*main.py/);
    expect(output).toBe('exit-code=1\nscore=\n');
    expect(uploaded).toEqual(expect.arrayContaining(['log.txt', 'report.html', 'report.json']));
  });

  it('lists what is wrong with an invalid submission, not what an earlier run told', async () => {
    const project = await projectOf(submissionZip(honest(), 'reference_descriptors.npz'));
    await writeFile(join(project, 'submission/report.json'), '{"verdict":{"kind":"ok"}}');
    const hourAgo = new Date(Date.now() - 3_600_000);
    const { utimes } = await import('node:fs/promises');
    await utimes(join(project, 'submission/report.json'), hourAgo, hourAgo);
    const { exitCode, summary, output } = await rehearse(project, slim);
    expect(exitCode).toBe(4);
    expect(summary).toMatch(/^## ❌ The submission is invalid\n/);
    expect(summary).toContain('| error | reference&#95;descriptors.npz | missing');
    expect(output).toBe('exit-code=4\nscore=\n');
  });

  it('packs submission_src where there is no zip, and shows what is missing', async () => {
    const { exitCode, summary } = await rehearse(await folderWith(), slim);
    expect(exitCode).toBe(3);
    expect(summary).toMatch(
      /^## ⚠️ The environment is not ready\n\n<pre>\n[\s\S]*submission&#95;src/,
    );
  });
});
