import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { VerifyRequest } from '../provenance/verify.ts';
import { addExamples, groups } from './help.ts';
import type { CommandHost, Deps, Result } from './host.ts';

export function registerVerify(program: Command, host: CommandHost): void {
  const command = program
    .command('verify')
    .helpGroup(groups.understand)
    .description('check submission.tar.gz and its inputs against the record of the run')
    .argument('[archive]', 'the result archive (default: submission/submission.tar.gz)')
    .option('--provenance <file>', 'the record (default: provenance.json beside the archive)')
    .action((named: string | undefined, flags: { provenance?: string }) => {
      const { root, archive: own } = host.project();
      const archive = named === undefined ? own : resolve(root, named);
      const beside = join(dirname(archive), 'provenance.json');
      return host.perform(async () => (await import('./verify.ts')).verifyRun, {
        root,
        archive,
        provenance: flags.provenance === undefined ? beside : resolve(root, flags.provenance),
      });
    });
  addExamples(
    command,
    ['vsc verify', 'the last run'],
    ['vsc verify theirs/submission.tar.gz', 'another one, with its record beside it'],
  );
}

export async function verifyRun(options: VerifyRequest, deps: Deps): Promise<Result> {
  const { differenceIn, verificationLines, verify } = await import('../provenance/verify.ts');
  const verification = await verify(options, deps.signal);
  const { provenance, checks } = verification;
  const failure = differenceIn(options, verification);
  const count = (state: string) => checks.filter((check) => check.state === state).length;
  return {
    text: verificationLines(verification).join('\n'),
    wraps: true,
    data: {
      archive: options.archive,
      provenance: options.provenance,
      run: provenance.run,
      outcome: provenance.outcome,
      same: count('same'),
      differing: count('differs'),
      notChecked: count('absent'),
      checks,
    },
    ...(failure !== undefined && { failure }),
  };
}
