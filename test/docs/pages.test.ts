import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuseUnknownCommand } from '../../src/cli/usage-errors.ts';
import { commandGroups } from '../../src/commands/help.ts';
import { resolveSettings } from '../../src/settings/settings.ts';
import { projectFileWith } from '../support/project-file.ts';
import { anchors, commandLines, commandsOf, links, pages, root } from './pages.ts';
import { declaredProgram, examplesOf } from './reference.ts';

const all = await pages();
const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** Has the command line read by the program that reads those of users. @throws what it would tell them */
async function parse(words: readonly string[], env: Record<string, string>): Promise<void> {
  const projectFile = projectFileWith({});
  const findNvidiaSmi = async () => undefined;
  const program = declaredProgram((flags) =>
    resolveSettings(flags, { env, projectFile, findNvidiaSmi }),
  );
  refuseUnknownCommand(program, words);
  const isAnswered = (thrown: { exitCode?: number }) => thrown.exitCode === 0;
  await program.parseAsync([...words], { from: 'user' }).catch((thrown) => {
    if (!isAnswered(thrown)) throw thrown;
  });
}

/** What a word of these programs has to be; of others a page says nothing that could be wrong here. */
const checks: Record<string, (words: string[], env: Record<string, string>) => unknown> = {
  vsc: parse,
  npm([verb = '', ...rest]) {
    if (['ci', 'install', 'link', 'pack'].includes(verb)) return;
    const name = verb === 'run' ? rest.find((word) => !word.startsWith('-')) : verb;
    expect(Object.keys(scripts)).toContain(name);
  },
  npx([program, ...rest]) {
    expect(['vitest', 'vsc']).toContain(program);
    for (const path of rest.filter((word) => word.startsWith('test/')))
      expect(existsSync(join(root, path)), path).toBe(true);
  },
  node: ([script = '']) => expect(existsSync(join(root, script)), script).toBe(true),
  bash: ([script = '']) => expect(existsSync(join(root, script)), script).toBe(true),
};

/** Has each command of a line looked at; of one that is quoted and no more than a command's name, the name. */
async function understand(line: string, isQuoted: boolean): Promise<void> {
  for (const { env, words } of commandsOf(line)) {
    const [program = '', ...rest] = words;
    const isName = isQuoted && program === 'vsc' && rest.length === 1;
    if (isName) refuseUnknownCommand(declaredProgram(), rest);
    else await checks[program]?.(rest, env);
  }
}

describe.each([...all])('%s', (path, page) => {
  it('has command lines that are understood', async () => {
    for (const { line, isQuoted } of commandLines(page)) {
      await understand(line, isQuoted).catch((error) => {
        if (isQuoted && error.code === 'commander.missingArgument') return;
        throw new Error(`${path} says "${line}"`, { cause: error });
      });
    }
  });

  it('has links that lead somewhere', () => {
    for (const link of links(page)) {
      const [target = '', anchor] = link.split('#');
      const place = target === '' ? path : normalize(join(dirname(path), target));
      expect(existsSync(join(root, place)), `${path} -> ${link}`).toBe(true);
      if (anchor !== undefined) expect([...anchors(all.get(place) ?? '')], link).toContain(anchor);
    }
  });
});

describe('the page of each command', () => {
  const commands = [...commandGroups(declaredProgram()).values()].flat();

  it.each(commands.map((command) => [command.name(), command] as const))(
    'of %s has examples of it, which are understood',
    async (name, command) => {
      const examples = examplesOf(command);
      expect(examples.length).toBeGreaterThanOrEqual(2);
      for (const line of examples) {
        expect(line).toMatch(new RegExp(`\\bvsc (-C \\S+ )?${name}\\b`));
        await understand(line, false).catch((error) => {
          throw new Error(`"vsc help ${name}" says "${line}"`, { cause: error });
        });
      }
    },
  );

  it('has examples on the page of all of them too', async () => {
    const examples = examplesOf(declaredProgram());
    expect(examples.length).toBeGreaterThan(0);
    for (const line of examples) await understand(line, false);
  });
});

it('reach every page from the README in one step', () => {
  const reached = links(all.get('README.md') ?? '').map((link) => link.split('#')[0]);
  const others = [...all.keys()].filter((path) => path !== 'README.md');
  expect(reached).toEqual(expect.arrayContaining(others));
});

it('are read: a wrong line, a dead link and a page that no one leads to are found', async () => {
  const page =
    '```sh\nvsc pull --no-such-flag && npm run no-such-script # a word\n```\n`vsc puul` [x](y.md#z)';
  expect(commandLines(page).map(({ line }) => line)).toEqual([
    'vsc pull --no-such-flag && npm run no-such-script',
    'vsc puul',
  ]);
  expect(links(page)).toEqual(['y.md#z']);
  await expect(parse(['pull', '--no-such-flag'], {})).rejects.toThrow('--no-such-flag');
  await expect(parse(['puul'], {})).rejects.toThrow('puul');
});
