import type { Command } from 'commander';

/** The groups in which help shows the commands, in its order: `command.helpGroup(groups.…)`. */
export const groups = {
  prepare: 'Prepare a project and its data:',
  pack: 'Make a submission:',
  test: 'Test it before you upload it:',
  understand: 'Understand what came out:',
  image: 'The image that it runs in:',
  machine: 'This machine and vsc itself:',
} as const;

/** The groups of flags on a command's page, beside its own. */
export const flagGroups = {
  limits: 'Limits on the code:',
  scheduling: 'Where the work runs:',
  settings: 'Settings (or the variable, in the environment or vsc.env):',
} as const;

/** Gives a command flags of one group; flags that are added later are its own again. */
export function grouped(
  command: Command,
  group: string,
  add: (command: Command) => unknown,
): Command {
  add(command.optionsGroup(group));
  return command.optionsGroup('');
}

/** Ends a command's page with lines to type, each with what it does. */
export function addExamples(
  command: Command,
  ...examples: readonly (readonly [line: string, does: string])[]
): Command {
  return command.addHelpText('after', () => {
    const help = command.createHelp();
    help.prepareContext({ helpWidth: command.configureOutput().getOutHelpWidth?.() ?? 80 });
    const width = Math.max(...examples.map(([line]) => line.length));
    const items = examples.map(([line, does]) => help.formatItem(line, width, does, help));
    return ['', help.styleTitle('Examples:'), ...items].join('\n');
  });
}

/** The commands that help shows, by the headings of their groups. */
export function commandGroups(program: Command): ReadonlyMap<string, readonly Command[]> {
  const help = program.createHelp();
  const shown = help.visibleCommands(program).filter((command) => command.name() !== 'help');
  return help.groupItems<Command>([], shown, (command) => command.helpGroup());
}
