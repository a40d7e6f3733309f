import { Command, type OutputConfiguration } from 'commander';
import { registerBuild } from '../commands/build.ts';
import { registerClean } from '../commands/clean.ts';
import { registerCompletion } from '../commands/completion.ts';
import { registerDataSubset } from '../commands/data-subset.ts';
import { registerDoctor } from '../commands/doctor.ts';
import type { CommandHost } from '../commands/host.ts';
import { registerInteractContainer } from '../commands/interact-container.ts';
import {
  registerPackBenchmark,
  registerPackQuickstart,
  registerPackSubmission,
} from '../commands/pack.ts';
import { registerPull } from '../commands/pull.ts';
import { registerReport } from '../commands/report.ts';
import { registerScore } from '../commands/score.ts';
import { registerStatus } from '../commands/status.ts';
import { registerTestContainer } from '../commands/test-container.ts';
import { registerTestSubmission } from '../commands/test-submission.ts';
import { registerValidate } from '../commands/validate.ts';
import { registerVerify } from '../commands/verify.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';

/** What every command takes. */
export interface GlobalFlags {
  readonly directory?: string;
  readonly json?: boolean;
}

/** What the command tree needs to come alive. */
export interface ProgramParts {
  readonly version: string;
  readonly output: OutputConfiguration;
  /** Makes the commands' host; it may ask the tree for the global flags once they are parsed. */
  readonly hostOf: (program: Command) => CommandHost;
}

/** The command tree, in the order in which a competitor meets it. */
export function makeProgram({ version, output, hostOf }: ProgramParts): Command {
  // Set before the commands are added: they inherit what their parent has by then.
  const program = new Command('vsc')
    .description(`Rehearse submissions of a code-execution competition: ${descriptorTrack.title}.`)
    .version(version)
    .option('-C, --directory <dir>', 'the project directory (default: the current one)')
    .option('--json', 'print one JSON object as the result')
    // Not there by itself, since the program does something without a command too.
    .helpCommand('help [command]', "show a command's page")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput(output)
    .exitOverride();
  const host = hostOf(program);
  registerStatus(program, host);
  registerPull(program, host);
  registerBuild(program, host);
  registerDataSubset(program, host);
  registerPackQuickstart(program, host);
  registerPackSubmission(program, host);
  registerPackBenchmark(program, host);
  registerValidate(program, host);
  registerTestSubmission(program, host);
  registerScore(program, host);
  registerReport(program, host);
  registerTestContainer(program, host);
  registerInteractContainer(program, host);
  registerDoctor(program, host);
  registerVerify(program, host);
  registerClean(program, host);
  registerCompletion(program, host);
  return program;
}
