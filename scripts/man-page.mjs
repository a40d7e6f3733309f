// The manual page, made of what "vsc help" shows and of the tables in docs/.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fromTop = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * The manual page of a command tree, in roff's man macros.
 * @param program the tree, as src/cli/program.ts declares it, nothing of which is carried out
 * @param variables src/settings/variables.ts
 * @param environmentOnly likewise
 */
export function manPage({ program, variables, environmentOnly }) {
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter((command) => command.name() !== 'help');
  return [
    `.TH VSC 1 "${lastChange()}" "vsc ${program.version()}" "User Commands"`,
    '.ad l',
    section('NAME', `vsc \\- ${text(withoutStop(program.description()))}`),
    section('SYNOPSIS', '.B vsc', `${text('[options] [command]')}`),
    section('DESCRIPTION', text(program.description()), paragraph(outro(program))),
    section('OPTIONS', ...entries(help.visibleOptions(program), optionTerm)),
    section('COMMANDS', ...commands.flatMap((command) => commandPart(help, command))),
    section(
      'ENVIRONMENT',
      text(
        'A flag comes before the variable, that before vsc.env in the project, that before the default.',
      ),
      ...entries(Object.values(variables), variableEntry),
      ...entries([environmentOnly], (names) => [names.join(', '), 'as everywhere']),
    ),
    section('FILES', ...entries(rowsOf('docs/project.md', '# A project'))),
    section('EXIT STATUS', ...entries(rowsOf('docs/commands.md', '## Exit codes'))),
    section('SEE ALSO', '.BR docker (1),', '.BR podman (1)', '.PP', text(manifest().homepage)),
    '',
  ].join('\n');
}

function manifest() {
  return JSON.parse(readFileSync(fromTop('package.json'), 'utf8'));
}

/** The day of the last release, the same for whoever bundles when; today before there is one. */
function lastChange() {
  const released = /^## .*(\d{4}-\d\d-\d\d)/m.exec(readFileSync(fromTop('CHANGELOG.md'), 'utf8'));
  return released?.[1] ?? new Date().toISOString().slice(0, 10);
}

function commandPart(help, command) {
  const name = `vsc ${command.name()}`;
  const words = help.commandUsage(command).slice(name.length).trim();
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  return [
    `.SS ${text(name)}`,
    `.B ${text(name)}`,
    text(words),
    '.PP',
    text(sentence(command.description())),
    ...entries(help.visibleArguments(command), (argument) => [
      argument.name(),
      help.argumentDescription(argument),
    ]),
    ...entries(options, optionTerm),
    paragraph(outro(command)),
  ];
}

const optionTerm = (option) => [option.flags, option.description];

function variableEntry({ name, description, values, fallback, otherwise }) {
  const allowed = typeof values === 'string' ? values : values.join(', ');
  return [
    name,
    `${sentence(description)} ${sentence(allowed)} By default ${fallback ?? otherwise}.`,
  ];
}

/** What a command's help says after the rest. */
function outro(command) {
  let written = '';
  const before = command.configureOutput();
  command.configureOutput({ ...before, writeOut: (part) => (written += part) });
  command.outputHelp();
  command.configureOutput(before);
  return written.slice(command.helpInformation().length).trim();
}

/** Lines as they stand, e.g. examples. */
const paragraph = (lines) =>
  lines === '' ? '' : ['.PP', '.nf', ...lines.split('\n').map(text), '.fi'].join('\n');

const section = (heading, ...parts) => [`.SH ${heading}`, ...parts.filter(Boolean)].join('\n');

const entries = (items, entry = (row) => row) =>
  items.map((item) => {
    const [term, words] = entry(item);
    return `.TP\n.B ${text(term)}\n${text(words)}`;
  });

/** The rows of the first table below a heading of a page. */
function rowsOf(page, heading) {
  const [, below = ''] = readFileSync(fromTop(page), 'utf8').split(`${heading}\n`);
  const [, , ...rows] = /(?:^\|.*\n)+/m.exec(below)?.[0].trim().split('\n') ?? [];
  return rows.map((row) => row.slice(1, -1).split(' | ').map(plain));
}

/** Words of a page without what marks them. */
const plain = (words) =>
  words
    .replaceAll('`', '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim();

const withoutStop = (words) => words.replace(/\.$/, '');

const sentence = (words) => `${words.charAt(0).toUpperCase()}${withoutStop(words.slice(1))}.`;

/** Words that roff takes for nothing else: a hyphen that can be copied, no escape, no macro at a line's begin. */
function text(words) {
  const safe = words.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq');
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}
