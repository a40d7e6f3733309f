import type { Command } from 'commander';
import { makeProgram } from '../../src/cli/program.ts';
import { commandGroups } from '../../src/commands/help.ts';
import type { CommandHost } from '../../src/commands/host.ts';
import { projectAt } from '../../src/project.ts';
import { type Variable, variables } from '../../src/settings/variables.ts';

/** The command tree, of which nothing is carried out; `settings` are what its commands ask for. */
export function declaredProgram(
  settings: CommandHost['settings'] = () =>
    Promise.reject(new Error('Nothing is carried out here.')),
): Command {
  const host: CommandHost = {
    // What the pages' examples take from it.
    env: { HF_TOKEN: 'hf_…' },
    packageRoot: '/package',
    project: () => projectAt('/project'),
    settings,
    perform: async () => {},
    tell: async () => {},
  };
  return makeProgram({ version: '1.2.3', output: { getOutHelpWidth: () => 100 }, host });
}

const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;

/** The table of `docs/settings.md`: every variable, its flags, what it may be and what it is by default. */
export function settingsTable(): string {
  const rows = Object.values<Variable>(variables).map((variable) => {
    const { name, flags, values, description, fallback = variable.otherwise } = variable;
    const flagsOf = flags.map(({ flag }) => code(flag)).join(', ');
    const allowed = typeof values === 'string' ? values : values.join(', ');
    return `| \`${name}\` | ${flagsOf} | ${description} | ${allowed} | ${fallback} |`;
  });
  const head = ['| variable | flag | says | values | default |', '| --- | --- | --- | --- | --- |'];
  return [...head, ...rows].join('\n');
}

/** A command's page as `vsc help` shows it. */
export function pageOf(command: Command): string {
  let page = '';
  command.configureOutput({
    writeOut(text) {
      page += text;
    },
  });
  command.outputHelp();
  return page.trimEnd();
}

/** The lines to type with which a command's page ends. */
export function examplesOf(command: Command): string[] {
  const [, examples = ''] = pageOf(command).split('\nExamples:\n');
  return [...examples.matchAll(/^ {2}(\S.*?)(?: {2,}.*)?$/gm)].map(([, line = '']) => line);
}

/** The commands in their groups, and the page of each. */
export function commandPages(): string {
  const groups = [...commandGroups(declaredProgram())];
  const row = (command: Command) => {
    const name = command.name();
    return `| [\`${name}\`](#vsc-${name}) | ${command.description()} |`;
  };
  const tables = groups.flatMap(([heading, commands]) => [
    `| ${heading.replace(/:$/, '')} | |`,
    '| --- | --- |',
    ...commands.map(row),
    '',
  ]);
  const pages = groups.flatMap(([, commands]) =>
    commands.flatMap((command) => [
      `## vsc ${command.name()}`,
      '',
      '```',
      pageOf(command),
      '```',
      '',
    ]),
  );
  return [...tables, ...pages].join('\n').trimEnd();
}
