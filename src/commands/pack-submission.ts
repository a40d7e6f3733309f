import { join } from 'node:path';
import type { Command } from 'commander';
import type { Project } from '../project.ts';
import { formatBytes } from '../report/format.ts';
import type { Flags } from '../settings/settings.ts';
import type { Packed } from '../submission/pack.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';

export interface PackOptions {
  readonly project: Project;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** What the zip is checked against once it is packed. */
  readonly dataset: string;
  readonly phase2: boolean;
}

export interface PackFlags extends Flags {
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export function registerPackSubmission(program: Command, host: CommandHost): void {
  const command = program
    .command('pack-submission')
    .description('zip the contents of submission_src/ into submission/submission.zip');
  addPackFlags(command).action(async (flags: PackFlags) =>
    host.perform(packOwnSubmission, await packOptions(host, flags)),
  );
}

/** What every pack command offers. */
export function addPackFlags(command: Command): Command {
  command
    .option('--force', 'replace a submission.zip that is there')
    .option('--dry-run', 'only say what would be packed');
  return addSettings(command, ['dataset', 'phase2']);
}

/** The options that every pack command has. */
export async function packOptions(host: CommandHost, flags: PackFlags): Promise<PackOptions> {
  const { dataset, phase2 } = await host.settings(flags);
  return {
    project: host.project(),
    force: flags.force ?? false,
    dryRun: flags.dryRun ?? false,
    dataset: dataset.value,
    phase2: phase2.value,
  };
}

export async function packOwnSubmission(options: PackOptions, deps: Deps): Promise<Result> {
  return packFolder(join(options.project.root, 'submission_src'), options, deps);
}

/**
 * Packs `folder` as the project's submission, tells what went in and checks it.
 * @throws InvalidSubmission with everything that breaks a rule; the zip stays where it is
 */
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
  const result = describePacked(packed);
  return options.dryRun ? result : checkPacked(result, options, deps);
}

/** Holds the zip against the rules: warnings and what is unchecked are reported, errors thrown. */
async function checkPacked(result: Result, options: PackOptions, deps: Deps): Promise<Result> {
  const { examine, rejection, unchecked, warningsOf } = await import('../submission/examine.ts');
  const examined = await examine(
    options.project.zip,
    { ...options, scanFinite: true },
    deps.signal,
  );
  const { findings, dataset } = examined;
  const data = { ...result.data, dataset, findings };
  const fault = rejection(examined, `It is packed, but for ${dataset} it`, data);
  if (fault !== undefined) deps.reporter.report({ type: 'note', message: result.text });
  for (const finding of warningsOf(examined)) deps.reporter.report({ type: 'finding', finding });
  if (fault !== undefined) throw fault;
  const missing = unchecked(examined);
  if (missing !== undefined) deps.reporter.report({ type: 'warning', message: missing.message });
  return { text: result.text, data };
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
