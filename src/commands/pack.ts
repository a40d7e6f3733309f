import { join } from 'node:path';
import type { Command } from 'commander';
import type { Packed } from '../packing/pack.ts';
import { formatBytes, tableLines } from '../progress/format.ts';
import type { Project } from '../project.ts';
import type { Flags } from '../settings/settings.ts';
import type { Description, Track } from '../tracks/track.ts';
import { type DescribeOptions, describe, describeOptions } from './describe.ts';
import { addExamples, groups } from './help.ts';
import {
  addSettings,
  type CommandHost,
  containerSettings,
  type Deps,
  type Perform,
  type Result,
  trackOf,
} from './host.ts';

export interface PackOptions {
  readonly project: Project;
  /** Where the templates are that ship with `vsc`. */
  readonly packageRoot: string;
  readonly track: Track;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Take the time to make the zip as small as can be. */
  readonly smallest: boolean;
  /** What the zip is checked against once it is packed. */
  readonly dataset: string;
  readonly phase2: boolean;
  /** Make what is submitted beside the code first; for the benchmark, where it is missing. */
  readonly describe?: Omit<DescribeOptions, 'folder' | 'description'>;
}

/** The pack commands; they differ in the folder that they pack. */
export function registerPacks(program: Command, host: CommandHost): void {
  const register = (
    name: string,
    description: string,
    run: () => Promise<Perform<PackOptions>>,
    describes: 'never' | 'if asked' | 'always' = 'never',
  ) => {
    const command = program
      .command(name)
      .helpGroup(groups.pack)
      .description(description)
      .option('--force', 'replace a submission.zip that is there')
      .option('--dry-run', 'only say what would be packed')
      .option('--smallest', 'take several times as long to make the zip a little smaller');
    if (describes === 'if asked') {
      command.option(
        '--describe',
        'make the descriptors, or matches, first, as "vsc describe" does',
      );
    }
    addSettings(command, [
      'track',
      'dataset',
      'phase2',
      ...(describes === 'never' ? [] : containerSettings),
    ]).action(async (flags: Flags) => {
      const settings = await host.settings(flags);
      const asked = describes === 'always' || flags.describe === true;
      await host.perform(run, {
        project: host.project(),
        packageRoot: host.packageRoot,
        track: await trackOf(settings),
        force: flags.force === true,
        dryRun: flags.dryRun === true,
        smallest: flags.smallest === true,
        dataset: settings.dataset.value,
        phase2: settings.phase2.value,
        ...(asked && { describe: await describeOptions(host, settings) }),
      });
    });
    addExamples(
      command,
      [`vsc ${name}`, 'make submission/submission.zip'],
      [`vsc ${name} --dry-run`, 'what would go into it'],
      describes === 'if asked'
        ? [`vsc ${name} --force --describe`, 'make all of it anew']
        : [`vsc ${name} --force`, 'replace the one that is there'],
    );
  };
  register(
    'pack-quickstart',
    'write random results into submission_quickstart/ and zip it',
    async () => (await import('./pack.ts')).packQuickstart,
  );
  register(
    'pack-submission',
    'zip the contents of submission_src/ into submission/submission.zip',
    async () => (await import('./pack.ts')).packOwnSubmission,
    'if asked',
  );
  register(
    'pack-benchmark',
    'zip submission_benchmark/, a baseline that finds copies',
    async () => (await import('./pack.ts')).packBenchmark,
    'always',
  );
}

export async function packQuickstart(options: PackOptions, deps: Deps): Promise<Result> {
  await requirePlace(options);
  const { prepareQuickstart } = await import('../packing/templates.ts');
  return pack(await prepareQuickstart(options, deps.reporter, deps.signal), options, deps);
}

export async function packOwnSubmission(options: PackOptions, deps: Deps): Promise<Result> {
  const folder = join(options.project.root, 'submission_src');
  if (options.describe !== undefined) await requirePlace(options);
  await describeFirst(folder, options.track.description, options, deps);
  return pack(folder, options, deps);
}

export async function packBenchmark(options: PackOptions, deps: Deps): Promise<Result> {
  await requirePlace(options);
  const { hasFiles, prepareBenchmark } = await import('../packing/templates.ts');
  const folder = await prepareBenchmark(options, deps.reporter);
  for (const description of options.track.templates.benchmark) {
    const files = description.files.map(({ file }) => file);
    if (await hasFiles(folder, files)) continue;
    await describeFirst(folder, description, options, deps);
  }
  return pack(folder, options, deps);
}

/** Makes what is submitted beside the code where that was asked for; a dry run makes nothing. */
async function describeFirst(
  folder: string,
  description: Description,
  { describe: request, dryRun }: PackOptions,
  deps: Deps,
): Promise<void> {
  if (request === undefined || dryRun) return;
  const { failure } = await describe({ ...request, description, folder }, deps);
  if (failure !== undefined) throw failure;
}

/** Before a folder is made ready: packing itself comes too late for that. */
async function requirePlace({ project, force }: PackOptions): Promise<void> {
  const packing = await import('../packing/pack.ts');
  await packing.requirePlace(project.zip, force);
}

/**
 * Packs `folder` as the project's submission, tells what went in and holds the zip against the rules.
 * @throws InvalidSubmission with everything that breaks a rule; the zip stays where it is
 */
async function pack(folder: string, options: PackOptions, deps: Deps): Promise<Result> {
  const { packSubmission } = await import('../packing/pack.ts');
  const { project, force, dryRun, smallest } = options;
  const { reporter, signal } = deps;
  const effort = smallest ? 'smallest' : 'fast';
  const request = { folder, zip: project.zip, effort, force, dryRun } as const;
  const result = describePacked(await packSubmission(request, reporter, signal));
  if (dryRun) return result;
  const { inspectSubmission, missingMetadata, rejection, warningsOf } = await import(
    '../preflight/inspect.ts'
  );
  const inspection = await inspectSubmission(project.zip, { ...options, scanFinite: true }, signal);
  const { findings, dataset } = inspection;
  const data = { ...result.data, dataset, findings };
  const fault = rejection(inspection, `It is packed, but for ${dataset} it`, data);
  if (fault !== undefined) reporter.report({ type: 'note', message: result.text });
  for (const finding of warningsOf(inspection)) reporter.report({ type: 'finding', finding });
  if (fault !== undefined) throw fault;
  const missing = missingMetadata(inspection, options.track);
  if (missing !== undefined) reporter.report({ type: 'warning', message: missing.message });
  return { text: result.text, data };
}

function describePacked({ zip, entries, bytes, sha256 }: Packed): Result {
  const lines = tableLines(
    entries.map((entry) => [formatBytes(entry.bytes), entry.name]),
    ['right', 'left'],
  );
  const end =
    bytes === undefined
      ? `Would pack ${entries.length} files into ${zip}.`
      : `${zip}: ${formatBytes(bytes)} (${bytes} bytes)\nSHA-256 ${sha256}`;
  const named = entries.map((entry) => ({ name: entry.name, bytes: entry.bytes }));
  return {
    text: [...lines, end].join('\n'),
    data: { zip, bytes: bytes ?? null, sha256: sha256 ?? null, entries: named },
  };
}
