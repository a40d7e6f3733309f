import type { Command } from 'commander';
import type { Project } from '../project.ts';
import type { Flags } from '../settings/settings.ts';
import { addExamples, groups } from './help.ts';
import type { CommandHost, Deps, Result } from './host.ts';

export interface ReportOptions {
  readonly project: Project;
  readonly open: boolean;
}

export function registerReport(program: Command, host: CommandHost): void {
  const command = program
    .command('report')
    .helpGroup(groups.understand)
    .description("make the last run's submission/report.html again, without running anything")
    .option('--open', 'show it in the browser')
    .action((flags: Flags) =>
      host.perform(async () => (await import('./report.ts')).report, {
        project: host.project(),
        open: flags.open === true,
      }),
    );
  addExamples(command, ['vsc report', 'where it is'], ['vsc report --open', 'and show it']);
}

export async function report({ project, open }: ReportOptions, deps: Deps): Promise<Result> {
  const { readReport } = await import('../report/read.ts');
  const { writePage } = await import('../report/store.ts');
  const { reportLine } = await import('../report/headline.ts');
  const { reportPage: page } = project;
  const model = await readReport(project);
  await writePage(model, page);
  const opened = open && (await openPage(page, deps));
  return { text: `${reportLine(model)}\n${page}`, data: { page, opened, report: model } };
}

/** Shows the page with whatever opens pages here; where nothing does, the page is still there. */
async function openPage(page: string, { reporter }: Deps): Promise<boolean> {
  const { default: open } = await import('open');
  try {
    await open(page);
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `No program could be started to show the page (${why}): open it yourself.`;
    reporter.report({ type: 'warning', message });
    return false;
  }
}
