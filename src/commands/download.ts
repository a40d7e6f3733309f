import { resolve } from 'node:path';
import type { Command } from 'commander';
import { subsetCommand } from '../dataset/layout.ts';
import type { DownloadRequest, DownloadResult } from '../download/download.ts';
import type { ListSource } from '../download/read-list.ts';
import { EnvironmentError, UsageError } from '../errors.ts';
import { firstLines, formatBytes, formatCount, formatSeconds } from '../progress/format.ts';
import type { Flags } from '../settings/settings.ts';
import { datasets } from '../tracks/names.ts';
import { addExamples, groups } from './help.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';

/** Files at a time, by default and at most: servers that are free for all shut out who takes more. */
const [parallel, mostParallel] = [4, 16];

export function registerDownload(program: Command, host: CommandHost): void {
  const command = program
    .command('download')
    .helpGroup(groups.prepare)
    .description('fetch the videos and lists of competition_data/<dataset>/ from a list of URLs')
    .option('--url-list <file-or-url>', 'the list: URL [size] [algorithm:sum] a line')
    .option('--all', 'every video (79 GB for train), rather than a proportion')
    .option('--no-references', 'the queries alone, which is what data-subset needs')
    .option('--parallel <count>', `files at a time, 1 to ${mostParallel}`, String(parallel))
    .option('--dry-run', 'only say what would be fetched');
  const dataset = command
    .createArgument('[dataset]', 'which data to fetch, as --dataset')
    .choices(datasets);
  command.addArgument(dataset);
  addSettings(command, ['dataset', 'subsetProportion']).action(
    async (named: string | undefined, flags: Flags) => {
      refuseContradictions(named, flags);
      const settings = await host.settings({ ...(named && { dataset: named }), ...flags });
      await host.perform(async () => (await import('./download.ts')).download, {
        project: host.project(),
        dataset: settings.dataset.value,
        datasets,
        list: listSource(flags.urlList, host.project().root),
        proportion: flags.all === true ? 1 : settings.subsetProportion.value,
        references: flags.references !== false,
        parallel: readParallel(String(flags.parallel)),
        dryRun: flags.dryRun === true,
      });
    },
  );
  addExamples(
    command,
    ['vsc download --url-list urls.txt', 'the videos of one query in a hundred'],
    ['vsc download test --url-list urls.txt --all', 'the whole test set'],
    ['vsc download --url-list urls.txt --dry-run', 'how much that would be'],
  );
}

function refuseContradictions(named: string | undefined, flags: Flags): void {
  const pairs = [
    ['--all and --proportion', flags.all === true && flags.proportion !== undefined],
    [`${named} and --dataset`, named && flags.dataset !== undefined && flags.dataset !== named],
  ] as const;
  for (const [both, contradict] of pairs) {
    if (contradict) throw new UsageError(`${both} contradict each other.`, ['Give one of them.']);
  }
}

/** @throws UsageError where there is none, or a URL that isn't one of http or https */
function listSource(given: unknown, root: string): ListSource {
  if (typeof given !== 'string' || given === '') {
    throw new UsageError(
      'Which files? Say where the list of their URLs is: --url-list FILE or URL',
      ['The challenge\'s public list is named in docs/data.md, under "Downloading".'],
    );
  }
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(given)) return { path: resolve(root, given) };
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol)) return { url };
  throw new UsageError('--url-list is no http or https URL.', ['Give one, or a file.']);
}

function readParallel(given: string): number {
  const count = Number(given);
  if (Number.isInteger(count) && count >= 1 && count <= mostParallel) return count;
  throw new UsageError(`--parallel is "${given}".`, [`Allowed: 1 to ${mostParallel}.`]);
}

export async function download(options: DownloadRequest, deps: Deps): Promise<Result> {
  const { download: fetch } = await import('../download/download.ts');
  const { reporter, signal, machine, version, isAlive } = deps;
  const { env } = machine;
  const owner = { ...deps.owner, isAlive };
  const result = await fetch(options, { reporter, signal, env, version, owner });
  const failure = failureOf(result);
  return {
    text: failure === undefined ? textOf(result) : '',
    data: { ...result },
    ...(failure !== undefined && { failure }),
  };
}

function textOf(result: DownloadResult): string {
  const { dataset, folder, dryRun, queries, references, there, fetched, missing } = result;
  const videos = `${formatCount(queries)} queries and ${formatCount(references)} references`;
  const size = result.bytes === null ? 'of unknown size' : formatBytes(result.bytes);
  if (dryRun) {
    const what = `${formatCount(missing)} files, ${size}`;
    return `Would fetch ${what}, so that ${folder} has ${videos}; ${formatCount(there)} files are there.`;
  }
  const took = formatSeconds(result.seconds);
  const what =
    fetched === 0
      ? 'all of it was there'
      : `${formatCount(fetched)} files fetched, ${size}, in ${took}`;
  const share = result.proportion === 1 ? '' : ` --proportion ${result.proportion}`;
  return `${folder}: ${videos}; ${what}.\nNext: ${subsetCommand(dataset)}${share}`;
}

/** The error that files which are still missing come to. */
function failureOf(result: DownloadResult): EnvironmentError | undefined {
  const { dryRun, failed, missing, folder } = result;
  if (missing === 0 || (dryRun && failed.length === 0)) return undefined;
  const lines = failed.map(({ file, line, why }) => `${file} (line ${line}): ${why}`);
  const untried = missing - failed.length;
  const rest = untried > 0 ? `\n${formatCount(untried)} more were not tried after these.` : '';
  const what = `${formatCount(missing)} files are still missing in ${folder}:`;
  return new EnvironmentError(`${what}\n${firstLines(lines)}${rest}`, [
    'Run the same command again: what is there stays, and what was begun is gone on with.',
  ]);
}
