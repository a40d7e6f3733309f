import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentOnly, variables } from '../../src/settings/variables.ts';
import { keptFolderWith } from '../support/folder.ts';
import { root } from './pages.ts';
import { declaredProgram } from './reference.ts';

const { manPage } = await import(join(root, 'scripts/man-page.mjs'));

const program = declaredProgram();
/** A help text that would act on roff, and one with lines of its own. */
const hostile = program.command('hostile').description('does what "\\fB" says');
hostile
  .option('--dots', "...and 'quotes' begin a line")
  .addHelpText('after', '\nExamples:\n  .so x\n  a\\b');

const page: string = manPage({ program, variables, environmentOnly });
let folder: string;
let path: string;
/** What `man` shows, which is plain where no terminal is. */
let shown: string;

beforeAll(async () => {
  folder = await keptFolderWith({ 'vsc.1': page });
  path = join(folder, 'vsc.1');
  const env = { MANWIDTH: '200', LC_ALL: 'C.UTF-8' };
  ({ stdout: shown } = await execa('man', ['-l', path], { env }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the manual page', () => {
  it.each([
    ['man', ['--warnings', '-l']],
    ['groff', ['-man', '-ww', '-z']],
    ['mandoc', ['-T', 'lint', '-W', 'warning']],
  ])('is rendered by %s without a warning', async (command, words) => {
    const env = { MANWIDTH: '80', LC_ALL: 'C.UTF-8' };
    const { exitCode, stdout, stderr } = await execa(command, [...words, path], {
      env,
      reject: false,
    });
    const said = command === 'mandoc' ? stdout + stderr : stderr;
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: '' });
  });

  it('has every command with its arguments and options', () => {
    const help = program.createHelp();
    for (const command of help.visibleCommands(program).filter((each) => each.name() !== 'help')) {
      const [, own = ''] = shown.split(`\n   vsc ${command.name()}\n`);
      const part = own.split(/\n {3}vsc |\n\S/)[0];
      const parts = [
        ...help
          .visibleOptions(command)
          .map(({ flags }) => flags)
          .filter((flags) => !/--help/.test(flags)),
        ...help.visibleArguments(command).map((argument) => argument.name()),
      ];
      for (const each of parts) expect(part).toContain(each);
    }
  });

  it('has the settings, the exit codes and the files', () => {
    for (const { name, description } of Object.values(variables)) {
      expect(shown).toContain(name);
      expect(shown.toLowerCase()).toContain(description.toLowerCase());
    }
    for (const code of ['0', '1', '2', '3', '4', '70', '130, 143']) {
      expect(shown).toMatch(new RegExp(`^ {7}${code}\\b`, 'm'));
    }
    for (const file of ['data/<dataset>/', 'submission_src/', 'vsc.env']) {
      expect(shown).toContain(file);
    }
  });

  it('shows texts as they stand, whatever they mean to roff', () => {
    expect(shown).toContain('oes what "\\fB" says.');
    expect(shown).toContain("...and 'quotes' begin a line");
    expect(shown).toMatch(/Examples:\n +\.so x\n +a\\b/);
  });
});
