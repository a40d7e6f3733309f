import { Command, type OutputConfiguration } from 'commander';
import { registerBatch } from '../commands/batch.ts';
import { registerBuild } from '../commands/build.ts';
import { registerClean } from '../commands/clean.ts';
import { registerCompletion } from '../commands/completion.ts';
import { registerDataSubset } from '../commands/data-subset.ts';
import { registerDescribe } from '../commands/describe.ts';
import { registerDoctor } from '../commands/doctor.ts';
import { registerDown } from '../commands/down.ts';
import { registerDownload } from '../commands/download.ts';
import { addExamples, groups } from '../commands/help.ts';
import type { CommandHost } from '../commands/host.ts';
import { registerInit } from '../commands/init.ts';
import { registerInteractContainer } from '../commands/interact-container.ts';
import { registerLogs } from '../commands/logs.ts';
import { registerPacks } from '../commands/pack.ts';
import { registerPull } from '../commands/pull.ts';
import { registerReport } from '../commands/report.ts';
import { registerRunTask } from '../commands/run-task.ts';
import { registerSampleData } from '../commands/sample-data.ts';
import { registerScore } from '../commands/score.ts';
import { registerStatus } from '../commands/status.ts';
import { registerTestContainer } from '../commands/test-container.ts';
import { registerTestSubmission } from '../commands/test-submission.ts';
import { registerValidate } from '../commands/validate.ts';
import { registerVerify } from '../commands/verify.ts';
import { competition } from '../tracks/names.ts';
import { helpStyle } from './help.ts';

/** The command tree, in the order in which a competitor meets the commands; `host` may ask it for the global flags once they are parsed. */
export function makeProgram({
  version,
  output,
  host,
}: {
  readonly version: string;
  readonly output: OutputConfiguration;
  readonly host: CommandHost;
}): Command {
  // Set before the commands are added: they inherit what their parent has by then.
  const program = new Command('vsc')
    .description(`Rehearse submissions of a code-execution competition: ${competition}.`)
    .version(version)
    .option('-C, --directory <dir>', 'the project directory (default: the current one)')
    .option('--json', 'print one JSON object as the result')
    .helpOption('-h, --help', 'show this page')
    // For those that name no group of their own.
    .commandsGroup(groups.machine)
    // Not there by itself, since the program does something without a command too.
    .helpCommand('help [command]', "show a command's page")
    .configureHelp(helpStyle)
    .configureOutput(output)
    .exitOverride();
  registerStatus(program, host);
  registerInit(program, host);
  registerSampleData(program, host);
  registerDownload(program, host);
  registerDataSubset(program, host);
  registerDescribe(program, host);
  registerPacks(program, host);
  registerValidate(program, host);
  registerTestSubmission(program, host);
  registerBatch(program, host);
  registerLogs(program, host);
  registerDown(program, host);
  registerScore(program, host);
  registerReport(program, host);
  registerVerify(program, host);
  registerPull(program, host);
  registerBuild(program, host);
  registerTestContainer(program, host);
  registerInteractContainer(program, host);
  registerDoctor(program, host);
  registerClean(program, host);
  registerCompletion(program, host);
  registerRunTask(program, host);
  addExamples(
    program,
    ['vsc', 'the settings and images of this machine'],
    ['vsc init', 'make a project of this folder'],
    ['vsc help test-submission', "a command's page, with examples"],
  );
  return program;
}
