import type { Command } from 'commander';
import { makeProgram } from '../../src/cli/program.ts';
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

/** The commands, and the page of each as `vsc help` shows it. */
export function commandPages(): string {
  const program = declaredProgram();
  const commands = program.createHelp().visibleCommands(program);
  const named = commands.filter((command) => command.name() !== 'help');
  const page = (command: Command) => ['```', command.helpInformation().trimEnd(), '```'].join('\n');
  return [
    '| command | does |',
    '| --- | --- |',
    ...named.map(
      (command) => `| [\`${command.name()}\`](#vsc-${command.name()}) | ${command.description()} |`,
    ),
    ...named.flatMap((command) => ['', `## vsc ${command.name()}`, '', page(command)]),
  ].join('\n');
}
