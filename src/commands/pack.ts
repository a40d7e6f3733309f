import { join } from 'node:path';
import type { Command } from 'commander';
import type { Packed } from '../packing/pack.ts';
import { formatBytes } from '../progress/format.ts';
import type { Project } from '../project.ts';
import type { Flags } from '../settings/settings.ts';
import { addSettings, type CommandHost, type Deps, type Perform, type Result } from './host.ts';

export interface PackOptions {
  readonly project: Project;
  /** Where the templates are that ship with `vsc`. */
  readonly packageRoot: string;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** What the zip is checked against once it is packed. */
  readonly dataset: string;
  readonly phase2: boolean;
}

interface PackFlags extends Flags {
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export function registerPackSubmission(program: Command, host: CommandHost): void {
  registerPack(program, host, packOwnSubmission, {
    name: 'pack-submission',
    description: 'zip the contents of submission_src/ into submission/submission.zip',
  });
}

/** Declares a pack command: they differ in what they pack only. */
function registerPack(
  program: Command,
  host: CommandHost,
  run: Perform<PackOptions>,
  { name, description }: { readonly name: string; readonly description: string },
): void {
  const command = program
    .command(name)
    .description(description)
    .option('--force', 'replace a submission.zip that is there')
    .option('--dry-run', 'only say what would be packed');
  addSettings(command, ['dataset', 'phase2']).action(async (flags: PackFlags) => {
    const { dataset, phase2 } = await host.settings(flags);
    await host.perform(run, {
      project: host.project(),
      packageRoot: host.packageRoot,
      force: flags.force ?? false,
      dryRun: flags.dryRun ?? false,
      dataset: dataset.value,
      phase2: phase2.value,
    });
  });
}

export async function packOwnSubmission(options: PackOptions, deps: Deps): Promise<Result> {
  return packFolder(join(options.project.root, 'submission_src'), options, deps);
}

/** Packs a folder that `prepare` makes ready first, unless there is a zip that is not to be replaced. */
async function packPrepared(
  prepare: () => Promise<string>,
  options: PackOptions,
  deps: Deps,
): Promise<Result> {
  const { refuseToOverwrite } = await import('../packing/pack.ts');
  if (!options.force) await refuseToOverwrite(options.project.zip);
  return packFolder(await prepare(), options, deps);
}

/**
 * Packs `folder` as the project's submission, tells what went in and checks it.
 * @throws InvalidSubmission with everything that breaks a rule; the zip stays where it is
 */
async function packFolder(folder: string, options: PackOptions, deps: Deps): Promise<Result> {
  const { packSubmission } = await import('../packing/pack.ts');
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
  const { inspectSubmission, missingMetadata, rejection, warningsOf } = await import(
    '../preflight/inspect.ts'
  );
  const inspection = await inspectSubmission(
    options.project.zip,
    { ...options, scanFinite: true },
    deps.signal,
  );
  const { findings, dataset } = inspection;
  const data = { ...result.data, dataset, findings };
  const fault = rejection(inspection, `It is packed, but for ${dataset} it`, data);
  if (fault !== undefined) deps.reporter.report({ type: 'note', message: result.text });
  for (const finding of warningsOf(inspection)) deps.reporter.report({ type: 'finding', finding });
  if (fault !== undefined) throw fault;
  const missing = missingMetadata(inspection);
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

export function registerPackQuickstart(program: Command, host: CommandHost): void {
  registerPack(program, host, packQuickstart, {
    name: 'pack-quickstart',
    description: 'write random descriptors into submission_quickstart/ and zip it',
  });
}

export async function packQuickstart(options: PackOptions, deps: Deps): Promise<Result> {
  const { prepareQuickstart } = await import('../packing/templates.ts');
  return packPrepared(() => prepareQuickstart(options, deps.reporter, deps.signal), options, deps);
}

export function registerPackBenchmark(program: Command, host: CommandHost): void {
  registerPack(program, host, packBenchmark, {
    name: 'pack-benchmark',
    description: 'zip submission_benchmark/, a baseline that finds copies',
  });
}

export async function packBenchmark(options: PackOptions, deps: Deps): Promise<Result> {
  const { prepareBenchmark } = await import('../packing/templates.ts');
  return packPrepared(() => prepareBenchmark(options, deps.reporter), options, deps);
}
