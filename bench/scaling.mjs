/**
 * How the cost of many tasks grows: each part at three sizes, medians.
 *
 *   npm run build && node bench/scaling.mjs [--json] [PART...]
 *
 * The parts are in bench/scaling/: of handing over and of what comes back, of Slurm (a cluster is brought up here, on
 * this machine's loopback), of tasks with containers. `--json` is for bench/scaling/model.mjs, which makes of it the
 * tables of docs/scaling.md. Needs root, Slurm (scripts/slurm-cluster.sh names it), an engine, the slim image, and
 * 7 GB of disk for a while.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { batchParts } from './scaling/batch.mjs';
import { clusterIn, clusterParts } from './scaling/cluster.mjs';
import { containerParts } from './scaling/containers.mjs';
import { describeParts } from './scaling/describe.mjs';
import { loadSources } from './scaling/sources.mjs';
import { taskParts } from './scaling/tasks.mjs';
import { machine, machineLine } from './support/machine.mjs';
import { measure } from './support/measure.mjs';
import { growthLine, growths } from './support/table.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' } },
});
const folder = mkdtempSync(join(tmpdir(), 'vsc-scaling-'));
const sources = await loadSources();
// Not in the folder above, which is for nobody else: munge has to be within everybody's reach.
const cluster = clusterIn(join(tmpdir(), `vsc-slurm-bench-${process.pid}`));
const results = [];
try {
  const parts = [
    ...describeParts(sources),
    ...batchParts(sources),
    ...taskParts(sources),
    ...clusterParts(sources, cluster),
    ...containerParts(sources),
  ];
  const isWanted = ({ name }) => positionals.length === 0 || positionals.includes(name);
  for (const part of parts.filter(isWanted)) {
    results.push(await measure({ ...part, warm: false }, join(folder, 'work')));
    console.error(growthLine(results.at(-1)));
  }
} finally {
  await cluster.down();
  rmSync(folder, { recursive: true, force: true });
}
const on = machine();
if (values.json) console.log(JSON.stringify({ machine: on, rows: results }, null, 1));
else console.log(`${machineLine(on)}\n\n${growths(results)}`);
