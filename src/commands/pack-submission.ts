import { join } from 'node:path';
import type { Command } from 'commander';
import type { Project } from '../project.ts';
import { formatBytes } from '../report/format.ts';
import type { Flags } from '../settings/settings.ts';
import type { Packed } from '../submission/pack.ts';
import type { CommandHost, Deps, Result } from './host.ts';

export interface PackOptions {
  readonly project: Project;
  readonly force: boolean;
  readonly dryRun: boolean;
}

export interface PackFlags extends Flags {
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export function registerPackSubmission(program: Command, host: CommandHost): void {
  const command = program
    .command('pack-submission')
    .description('zip the contents of submission_src/ into submission/submission.zip');
  addPackFlags(command).action((flags: PackFlags) =>
    host.perform(packOwnSubmission, packOptions(host, flags)),
  );
}

/** What every pack command offers. */
export function addPackFlags(command: Command): Command {
  return command
    .option('--force', 'replace a submission.zip that is there')
    .option('--dry-run', 'only say what would be packed');
}

/** The options that every pack command has. */
export function packOptions(host: CommandHost, flags: PackFlags): PackOptions {
  return { project: host.project(), force: flags.force ?? false, dryRun: flags.dryRun ?? false };
}

export async function packOwnSubmission(options: PackOptions, deps: Deps): Promise<Result> {
  return packFolder(join(options.project.root, 'submission_src'), options, deps);
}

/** Packs `folder` as the project's submission and tells what went in. */
export async function packFolder(
  folder: string,
  options: PackOptions,
  deps: Deps,
): Promise<Result> {
  const { packSubmission } = await import('../submission/pack.ts');
  const packed = await packSubmission(
    { folder, zip: options.project.zip, force: options.force, dryRun: options.dryRun },
    deps.reporter,
    deps.signal,
  );
  return describePacked(packed);
}

function describePacked(packed: Packed): Result {
  const sizes = packed.entries.map((entry) => formatBytes(entry.bytes));
  const width = Math.max(...sizes.map((size) => size.length));
  const lines = packed.entries.map(
    (entry, index) => `  ${(sizes[index] ?? '').padStart(width)}  ${entry.name}`,
  );
  const end =
    packed.bytes === undefined
      ? `Would pack ${packed.entries.length} files into ${packed.zip}.`
      : `${packed.zip}: ${formatBytes(packed.bytes)} (${packed.bytes} bytes)\nSHA-256 ${packed.sha256}`;
  return {
    text: [...lines, end].join('\n'),
    data: {
      zip: packed.zip,
      bytes: packed.bytes ?? null,
      sha256: packed.sha256 ?? null,
      entries: packed.entries.map(({ name, bytes }) => ({ name, bytes })),
    },
  };
}
