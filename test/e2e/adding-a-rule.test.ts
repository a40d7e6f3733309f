import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { folderWith } from '../support/folder.ts';

const root = join(import.meta.dirname, '../..');
const image = 'meta-vsc-descriptor-runtime:slim-local';

/** The changes that the page asks for, by file, each as the lines before and after. */
async function changesOfThePage() {
  const page = await readFile(join(root, 'docs/adding-a-rule.md'), 'utf8');
  const changes = new Map<string, { before: string; after: string }[]>();
  for (const [, diff = ''] of page.matchAll(/^```diff\n([\s\S]*?)^```$/gm)) {
    const [head = '', ...lines] = diff.trimEnd().split('\n');
    const hunks = lines.join('\n').split(/^@@\n/m);
    const side = (hunk: string, left: string) =>
      hunk
        .split('\n')
        .filter((line) => line[0] !== left)
        .map((line) => line.slice(1))
        .join('\n');
    const file = head.replace('--- ', '');
    changes.set(
      file,
      hunks.map((hunk) => ({ before: side(hunk, '+'), after: side(hunk, '-') })),
    );
  }
  return changes;
}

/** What the tests of a copy of the project say, in TypeScript and in Python. */
async function verdicts(copy: string) {
  const options = { reject: false, all: true, env: { NO_COLOR: '1', CI: '' } } as const;
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const tests = ['run', '--root', copy, 'test/descriptors/validation-cases.test.ts'];
  const [typescript, python] = await Promise.all([
    execa('node', [vitest, ...tests], options),
    inImage(
      copy,
      'cd /copy/runtime && python3 -m pytest -q -p no:cacheprovider -k shared_table tests',
    ),
  ]);
  return { typescript, python };
}

/** Runs a command in the slim image with a copy of the project at /copy. */
const inImage = (copy: string, command: string) =>
  execa(
    'docker',
    [
      ...['run', '--rm', '--network', 'none', '-v', `${copy}:/copy`],
      ...['-e', 'VSC_FIXTURES=/copy/test/fixtures', '-e', 'PYTHONDONTWRITEBYTECODE=1'],
      ...['--entrypoint', 'bash', image, '-c', command],
    ],
    { reject: false, all: true },
  );

it('docs/adding-a-rule.md leads to a rule, red first, then in both languages', async () => {
  const copy = await folderWith();
  for (const part of ['src', 'runtime', 'test/descriptors', 'test/fixtures', 'test/support']) {
    await cp(join(root, part), join(copy, part), { recursive: true });
  }
  const files = [
    'package.json',
    'tsconfig.json',
    'vitest.config.ts',
    'test/elsewhere.ts',
    'scripts/thread-code.mjs',
  ];
  for (const file of files) {
    await cp(join(root, file), join(copy, file));
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const changes = await changesOfThePage();
  const change = async (file: string) => {
    const text = await readFile(join(copy, file), 'utf8');
    const changed = (changes.get(file) ?? []).reduce((rest, { before, after }) => {
      expect(rest.split(before), `the page's lines of ${file}`).toHaveLength(2);
      return rest.replace(before, () => after);
    }, text);
    expect(changed, file).not.toBe(text);
    await writeFile(join(copy, file), changed);
  };

  await change('test/fixtures/validation/make_cases.py');
  const made = await inImage(copy, 'python3 /copy/test/fixtures/validation/make_cases.py');
  expect(made.exitCode, made.all).toBe(0);
  const red = await verdicts(copy);
  for (const { exitCode, all } of Object.values(red)) {
    expect(exitCode, all).toBe(1);
    expect(all).toContain('one-dimension');
    expect(all).toContain('too-few-dimensions');
  }

  await change('src/descriptors/rules.ts');
  await change('runtime/vsc_runtime/validation.py');
  const green = await verdicts(copy);
  for (const { exitCode, all } of Object.values(green)) expect(exitCode, all).toBe(0);
  expect(changes.size).toBe(3);
});
