import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { leftOut } from './elsewhere.ts';

const forms = '.github/ISSUE_TEMPLATE';
const names = (await readdir(forms)).filter((name) => name !== 'config.yml');
const read = async (path: string) => parse(await readFile(path, 'utf8'));

const text = v.pipe(v.string(), v.minLength(1));
const described = { label: text, description: v.optional(text) };
const element = <const Type extends string, const Attributes extends v.ObjectEntries>(
  type: Type,
  attributes: Attributes,
) =>
  v.strictObject({
    type: v.literal(type),
    id: v.pipe(v.string(), v.regex(/^[\w-]+$/)),
    attributes: v.strictObject({ ...described, ...attributes }),
    validations: v.optional(v.strictObject({ required: v.boolean() })),
  });
const placeholder = v.optional(text);

/** An issue form, as GitHub documents its syntax. */
const form = v.strictObject({
  name: text,
  description: text,
  labels: v.array(text),
  body: v.pipe(
    v.array(
      v.variant('type', [
        element('input', { placeholder }),
        element('textarea', { placeholder, render: v.optional(text) }),
        element('dropdown', { options: v.array(text) }),
        element('checkboxes', {
          options: v.array(v.strictObject({ label: text, required: v.optional(v.boolean()) })),
        }),
      ]),
    ),
    v.minLength(1),
  ),
});

describe.each(names)('the issue form %s', (name) => {
  it('is one that GitHub understands, whose parts can be told apart', async () => {
    const { success, issues, output } = v.safeParse(form, await read(join(forms, name)));
    expect(issues).toBeUndefined();
    if (!success) return;
    for (const of of [
      output.body.map(({ id }) => id),
      output.body.map((part) => part.attributes.label),
    ]) {
      expect(new Set(of).size).toBe(of.length);
    }
  });
});

it('the forms ask for what a bug, an idea and a package need', async () => {
  expect(names.sort()).toEqual(['bug.yml', 'feature.yml', 'package.yml']);
  expect(await readFile(join(forms, 'bug.yml'), 'utf8')).toContain('label: vsc doctor --json');
});

it('what is a hole in security is led away from the public, to where SECURITY.md says', async () => {
  const { homepage } = await read('package.json');
  const { contact_links: links } = await read(join(forms, 'config.yml'));
  const repository = homepage.replace('#readme', '');
  expect(links).toMatchObject([{ url: `${repository}/security/advisories/new` }]);
  expect(await readFile('SECURITY.md', 'utf8')).toMatch(
    /## How to report\n\n.*"Report a vulnerability"/,
  );
});

it('dependabot looks after all that is pinned, in folders that are there', async () => {
  const schema = v.strictObject({
    version: v.literal(2),
    updates: v.array(
      v.strictObject({
        'package-ecosystem': v.picklist(['npm', 'github-actions', 'docker']),
        directory: v.optional(text),
        directories: v.optional(v.array(text)),
        schedule: v.strictObject({ interval: v.picklist(['daily', 'weekly', 'monthly']) }),
        groups: v.optional(v.record(text, v.record(text, v.union([text, v.array(text)])))),
      }),
    ),
  });
  const { updates } = v.parse(schema, await read('.github/dependabot.yml'));
  expect(updates.map((update) => update['package-ecosystem']).sort()).toEqual([
    'docker',
    'github-actions',
    'npm',
  ]);
  for (const { directory, directories = [] } of updates) {
    const folders = directory === undefined ? directories : [directory];
    expect(folders.length).toBeGreaterThan(0);
    for (const folder of folders) await readdir(join('.', folder));
  }
});

it('every address of the repository is that of package.json', async () => {
  const { homepage, bugs, repository } = await read('package.json');
  const address = homepage.replace('#readme', '');
  expect({ bugs, url: repository.url }).toEqual({
    bugs: `${address}/issues`,
    url: `git+${address}.git`,
  });
});

it('the Node to work with is the one that the README recommends', async () => {
  const line = (await readFile('.nvmrc', 'utf8')).trim();
  expect(await readFile('README.md', 'utf8')).toContain(`Node ${line}, the newest long-term line`);
});

it('what other systems leave out of the unit tests is there', async () => {
  for (const platform of ['win32', 'darwin'] as const) {
    const paths = leftOut(platform).map((path) => path.replace(/\/\*\*$/, ''));
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) await stat(path);
  }
  expect(leftOut('linux')).toEqual([]);
});
