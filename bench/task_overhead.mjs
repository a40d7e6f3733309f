// What it costs to have shards described by a cluster: three nodes with two slots each, on this machine, and
// code that sleeps, so that neither the shards nor the cores are what is measured.
//
//   npm run build && node bench/task_overhead.mjs [SECONDS [SHARDS]]
//
// "a task" is a task's process from its start to its end, as a node runs it, less its container from its creation
// to its removal. "the whole" is the command from its start to its end; it is compared with the containers one after
// the other in six slots, and with what the code in them took.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { execa } from 'execa';

const [seconds, shards] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 12)];
const slots = 6;
const main = join(import.meta.dirname, '../dist/main.js');
const cluster = join(tmpdir(), `vsc-slurm-bench-${process.pid}`);
const project = mkdtempSync(join(tmpdir(), 'vsc-bench-'));
const videos = join(project, 'competition_data/test');

for (const [letter, name] of [
  ['Q', 'query'],
  ['R', 'reference'],
]) {
  mkdirSync(join(videos, name), { recursive: true });
  const ids = Array.from({ length: shards / 2 }, (_, index) => `${letter}${100001 + index}`);
  const rows = ['video_id,duration_sec', ...ids.map((id) => `${id},3.5`)];
  writeFileSync(join(videos, `${name}_metadata.csv`), rows.join('\n'));
  for (const id of ids) writeFileSync(join(videos, name, `${id}.mp4`), id);
}
mkdirSync(join(project, 'submission_src'));
writeFileSync(
  join(project, 'submission_src/main.py'),
  `import csv, time
import numpy as np
ids = [row["video_id"] for row in csv.DictReader(open("/data/query_subset.csv"))]
time.sleep(${seconds})
np.savez("subset_query_descriptors.npz", video_ids=np.array(ids),
         timestamps=np.zeros(len(ids)), features=np.ones((len(ids), 4), np.float32))
`,
);

const script = (...what) => execa('bash', ['scripts/slurm-cluster.sh', ...what, cluster]);
const resultOf = (task) => JSON.parse(readFileSync(join(task, 'done/result.json'), 'utf8')).facts;
/** Does something, and tells how long it took and how long each container stood meanwhile. */
const watched = async (call) => {
  const filter = ['--filter', 'type=container', '--filter', `label=vsc.project=${project}`];
  const telling = execa('docker', ['events', ...filter, '--format', '{{json .}}']);
  const [created, stood] = [new Map(), []];
  const told = (async () => {
    for await (const line of telling) {
      const { status, id, timeNano } = JSON.parse(line);
      if (status === 'create') created.set(id, timeNano);
      if (status === 'destroy') stood.push((timeNano - created.get(id)) / 1e9);
    }
  })().catch(() => {}); // it is ended
  const begun = performance.now();
  await call();
  const took = (performance.now() - begun) / 1000;
  telling.kill();
  await told;
  return { took, stood };
};
const sum = (values) => values.reduce((total, value) => total + value, 0);
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

const env = Object.fromEntries([(await script('up')).stdout.split('=')]);
try {
  const line = ['-C', project, 'describe', '--dataset', 'test', '--shards', String(shards)];
  const describe = (...flags) => execa('node', [main, ...line, ...flags], { env });
  const whole = await watched(() => describe('--on', 'slurm'));
  const folder = join(project, 'describe/submission_src-test/shards');
  const tasks = readdirSync(folder).map((name) => join(folder, name));
  const code = tasks.map((task) => resultOf(task).seconds);
  const nothing = await watched(() => describe('--on', 'slurm'));
  const besides = [];
  for (const task of tasks.slice(0, 3)) {
    rmSync(join(task, 'done'), { recursive: true });
    const { took, stood } = await watched(() => execa('node', [main, 'run-task', task]));
    besides.push(took - sum(stood));
  }
  const over = (seconds) => {
    const ideal = sum(seconds) / slots;
    return `${ideal.toFixed(1)} s: ${((whole.took / ideal - 1) * 100).toFixed(1)} % more`;
  };
  console.log(`${shards} shards of ${seconds} s in ${slots} slots`);
  console.log(`a task            ${median(besides).toFixed(2)} s besides its container`);
  console.log(`the whole         ${whole.took.toFixed(1)} s`);
  console.log(`  the containers  ${over(whole.stood)}`);
  console.log(`  their code      ${over(code)}`);
  console.log(`nothing to do     ${nothing.took.toFixed(1)} s`);
} finally {
  await script('down');
  rmSync(project, { recursive: true, force: true });
}
