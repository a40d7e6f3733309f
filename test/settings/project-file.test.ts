import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, UsageError } from '../../src/errors.ts';
import { projectFileText, readProjectFile } from '../../src/settings/project-file.ts';
import { resolveSettings } from '../../src/settings/settings.ts';
import { environmentOnly, variables } from '../../src/settings/variables.ts';
import { folderWith } from '../support/folder.ts';
import { oddities, placeOddity } from '../support/oddities.ts';

const names = Object.values(variables).map(({ name }) => name);

/** Writes and reads a `vsc.env`: its settings by name and line. */
async function settingsOf(content: string | Uint8Array) {
  const path = join(await folderWith({ 'vsc.env': content }), 'vsc.env');
  const { settings } = await readProjectFile(path);
  return [...settings].map(([name, { text, line }]) => [name, text, line]);
}

/** The error that a `vsc.env` comes to, without the folder's name. */
async function faultOf(content: string | Uint8Array): Promise<UsageError> {
  const root = await folderWith({ 'vsc.env': content });
  const error = await readProjectFile(join(root, 'vsc.env')).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  const { message, next } = error as UsageError;
  return new UsageError(message.replaceAll(root, '/project'), next);
}

describe('vsc.env', () => {
  it('sets what its lines say', async () => {
    expect(
      await settingsOf(
        [
          '# the settings',
          '',
          'DATASET=test',
          '  \t',
          ' SUBSET_PROPORTION = 0.5  # a half',
          'export PHASE2=true',
          'SUBMISSION_IMAGE="mine:1 # not a comment"',
          "REGISTRY_IMAGE='reg/x@sha256:0=1'",
          'SKIP_GPU=',
          '#BLOCK_INTERNET=true',
        ].join('\n'),
      ),
    ).toEqual([
      ['DATASET', 'test', 3],
      ['SUBSET_PROPORTION', '0.5', 5],
      ['PHASE2', 'true', 6],
      ['SUBMISSION_IMAGE', 'mine:1 # not a comment', 7],
      ['REGISTRY_IMAGE', 'reg/x@sha256:0=1', 8],
      ['SKIP_GPU', '', 9],
    ]);
  });

  it.each([
    ['from Windows', '\ufeffDATASET=test\r\nPHASE2=true\r\n'],
    ['from an old Mac', 'DATASET=test\rPHASE2=true'],
  ])('is read %s too', async (_, content) => {
    expect(await settingsOf(content)).toEqual([
      ['DATASET', 'test', 1],
      ['PHASE2', 'true', 2],
    ]);
  });

  it('may be missing or empty', async () => {
    expect((await readProjectFile(join(await folderWith(), 'vsc.env'))).settings.size).toBe(0);
    expect((await readProjectFile('/no/such/folder/vsc.env')).settings.size).toBe(0);
    expect(await settingsOf('')).toEqual([]);
  });

  it.each([
    ['DATSET=test', 'there is no setting "DATSET". Did you mean DATASET?'],
    ['dataset=test', 'there is no setting "dataset". Did you mean DATASET?'],
    ['IMAGE=a', 'there is no setting "IMAGE". Did you mean SUBMISSION_IMAGE or REGISTRY_IMAGE?'],
    ['BLOCK_INTRENET=true', 'there is no setting "BLOCK_INTRENET". Did you mean BLOCK_INTERNET?'],
    ['NOTHING_LIKE_IT=1', 'there is no setting "NOTHING_LIKE_IT".'],
    ['constructor=1', 'there is no setting "constructor".'],
    ['A\u202eB=1', 'there is no setting "A\\u202eB".'],
    ['__proto__=1', '"__proto__=1" is no NAME=value.'],
    ['DATASET: test', '"DATASET: test" is no NAME=value.'],
    ['=test', '"=test" is no NAME=value.'],
    ['DATASET', '"DATASET" is no NAME=value.'],
    ['SUBMISSION_IMAGE="mine:1', 'SUBMISSION_IMAGE has a quote that is not closed.'],
    ['PHASE2=true\nDATASET=test\nDATASET=test', 'DATASET is set in line 2 already.'],
    ...environmentOnly.map((name) => [`${name}=1`, `${name} is read from the environment only.`]),
  ])('refuses %j', async (content, fault) => {
    const { message, next } = await faultOf(content);
    const line = content.split('\n').length;
    expect(message).toBe(`/project/vsc.env is not right:\n  line ${line}: ${fault}`);
    expect(next).toEqual([`A line of it sets one of these, as NAME=value: ${names.join(', ')}.`]);
  });

  it('names every line that is wrong, the first five', async () => {
    const { message } = await faultOf(`x\nDATASET=test\n${'DATSET=1\n'.repeat(9)}`);
    expect(message.split('\n')).toEqual([
      '/project/vsc.env is not right:',
      '  line 1: "x" is no NAME=value.',
      ...[3, 4, 5, 6].map(
        (line) => `  line ${line}: there is no setting "DATSET". Did you mean DATASET?`,
      ),
      '  and 5 more',
    ]);
  });

  it.each([
    ['Latin-1', Buffer.from('# caf\xe9\n', 'latin1')],
    ['UTF-16', Buffer.from('\ufeffDATASET=test\n', 'utf16le')],
    ['UTF-16 without its mark', Buffer.from('DATASET=test\n', 'utf16le')],
  ])('in %s is no text in UTF-8', async (_, content) => {
    expect((await faultOf(content)).message).toBe('/project/vsc.env is no text in UTF-8.');
  });

  it('is read to 65.5 kB at most', async () => {
    const comment = (bytes: number) => `DATASET=test\n#${'x'.repeat(bytes - 14)}`;
    expect(await settingsOf(comment(65_536))).toEqual([['DATASET', 'test', 1]]);
    const { message } = await faultOf(comment(65_537));
    expect(message).toBe('/project/vsc.env has more than 65.5 kB.');
  });

  it.each(oddities)('is not %s', async (what) => {
    const path = join(await folderWith(), 'vsc.env');
    await placeOddity(what, path);
    const sentence = `${path} is ${what}, where a file should be.`;
    await expect(readProjectFile(path)).rejects.toThrow(
      new EnvironmentError(sentence, ['Move it away.']),
    );
  });

  it('may be a symlink, but not to nowhere', async () => {
    const root = await folderWith({ shared: 'DATASET=test' });
    await symlink('shared', join(root, 'vsc.env'));
    expect((await readProjectFile(join(root, 'vsc.env'))).settings.size).toBe(1);
    await symlink('nowhere', join(root, 'dangling'));
    const refused = readProjectFile(join(root, 'dangling'));
    await expect(refused).rejects.toThrow(
      `Could not read ${root}/dangling: no such file (ENOENT).`,
    );
  });
});

describe("a new project's vsc.env", () => {
  const noNvidiaSmi = { env: {}, findNvidiaSmi: async () => undefined };

  it('sets what is given, and names every other variable in a comment', async () => {
    const text = projectFileText({ TRACK: 'matching', DATASET: 'test' });
    expect(await settingsOf(text)).toEqual([
      ['TRACK', 'matching', text.split('\n').indexOf('TRACK=matching') + 1],
      ['DATASET', 'test', text.split('\n').indexOf('DATASET=test') + 1],
    ]);
    const commented = [...text.matchAll(/^#(\w+)=/gm)].map(([, name]) => name);
    expect(commented).toEqual(names.filter((name) => !['TRACK', 'DATASET'].includes(name)));
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(100);
  });

  it('has allowed values in its comments, those that hold without them', async () => {
    const path = join(await folderWith(), 'vsc.env');
    await writeFile(path, projectFileText({ DATASET: 'train' }).replaceAll(/^#(?=\w)/gm, ''));
    const projectFile = await readProjectFile(path);
    expect(projectFile.settings.size).toBe(names.length);
    const settings = await resolveSettings({}, { ...noNvidiaSmi, projectFile });
    const without = { path, settings: new Map() };
    const defaults = await resolveSettings({}, { ...noNvidiaSmi, projectFile: without });
    for (const [key, { value }] of Object.entries(defaults)) {
      expect({ key, value: settings[key as keyof typeof settings].value }).toEqual({ key, value });
    }
    expect(await readFile(path, 'utf8')).toContain('\nCPU_OR_GPU=cpu\n');
  });
});
