import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { folderWith } from '../support/folder.ts';

const changelog = `# Changelog

## 1.2.3 (2026-11-30)

- Says more.

### For programs

- A key.

## 1.2.2

- Older.

## 1.2.1
`;

/** Runs the script in a package of this version. */
async function notes(tag: string, version: string, text = changelog) {
  const cwd = await folderWith({
    'package.json': JSON.stringify({ version }),
    'CHANGELOG.md': text,
  });
  const script = resolve('scripts/release-notes.mjs');
  const { exitCode, stdout, stderr } = await execa('node', [script, tag], { cwd, reject: false });
  return { exitCode, stdout, stderr };
}

describe('the notes of a release', () => {
  it.each([
    ['v1.2.3', '1.2.3', '- Says more.\n\n### For programs\n\n- A key.'],
    ['v1.2.2', '1.2.2', '- Older.'],
    ['1.2.2', '1.2.2', '- Older.'],
  ])('of %s are its section of the changelog', async (tag, version, stdout) => {
    expect(await notes(tag, version)).toEqual({ exitCode: 0, stdout, stderr: '' });
  });

  it.each([
    ['v1.2.4', '1.2.3', 'The tag is v1.2.4, but package.json has the version 1.2.3.'],
    ['', '1.2.3', 'The tag is missing, but package.json has the version 1.2.3.'],
    ['v1.2', '1.2', 'CHANGELOG.md has no section "## 1.2", or nothing in it.'],
    ['v1.2.1', '1.2.1', 'CHANGELOG.md has no section "## 1.2.1", or nothing in it.'],
  ])('are refused to the tag %j of a package %s', async (tag, version, stderr) => {
    expect(await notes(tag, version)).toEqual({ exitCode: 2, stdout: '', stderr });
  });
});

it('the release workflow packs what it says: notes and tarball', async () => {
  const { jobs } = parse(await readFile('.github/workflows/release.yml', 'utf8'));
  const steps: { name?: string; run?: string }[] = jobs.publish.steps;
  const pack = steps.find(({ name }) => name === 'Pack')?.run ?? '';
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const temporary = await folderWith();
  const cwd = await folderWith({
    'package.json': JSON.stringify({ name: 'vsc-runtime', version, files: [] }),
    'CHANGELOG.md': `# Changelog\n\n## ${version}\n\n- The first.\n`,
    'scripts/release-notes.mjs': await readFile('scripts/release-notes.mjs', 'utf8'),
  });
  const env = { GITHUB_REF_NAME: `v${version}`, RUNNER_TEMP: temporary };
  await execa('bash', ['-e', '-c', pack], { cwd, env });
  expect(await readFile(`${temporary}/notes.md`, 'utf8')).toBe('- The first.\n');
  await readFile(`${temporary}/vsc-runtime-${version}.tgz`);
});
