import type { Command } from 'commander';
import type { CommandHost, Deps, Result } from './host.ts';
import { type PackOptions, packPrepared, registerPack } from './pack-submission.ts';

export function registerPackBenchmark(program: Command, host: CommandHost): void {
  registerPack(program, host, packBenchmark, {
    name: 'pack-benchmark',
    description: 'zip submission_benchmark/, a baseline that finds copies',
  });
}

export async function packBenchmark(options: PackOptions, deps: Deps): Promise<Result> {
  const { prepareBenchmark } = await import('../packing/benchmark.ts');
  return packPrepared(() => prepareBenchmark(options, deps.reporter), options, deps);
}
