import type { Command } from 'commander';
import type { CommandHost, Deps, Result } from './host.ts';
import {
  addPackFlags,
  type PackFlags,
  type PackOptions,
  packFolder,
  packOptions,
} from './pack-submission.ts';

export interface PackBenchmarkOptions extends PackOptions {
  readonly packageRoot: string;
}

export function registerPackBenchmark(program: Command, host: CommandHost): void {
  const command = program
    .command('pack-benchmark')
    .description('zip submission_benchmark/, a baseline that finds copies');
  addPackFlags(command).action(async (flags: PackFlags) => {
    await host.perform(packBenchmark, {
      ...(await packOptions(host, flags)),
      packageRoot: host.packageRoot,
    });
  });
}

export async function packBenchmark(options: PackBenchmarkOptions, deps: Deps): Promise<Result> {
  const [{ prepareBenchmark }, { refuseToOverwrite }] = await Promise.all([
    import('../submission/benchmark.ts'),
    import('../submission/pack.ts'),
  ]);
  if (!options.force) await refuseToOverwrite(options.project.zip);
  const folder = await prepareBenchmark(options, deps.reporter);
  return packFolder(folder, options, deps);
}
