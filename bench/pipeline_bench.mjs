// What a whole rehearsal costs beside the way it was done before: a script that starts five Python
// processes, each of which imports what it needs anew. All are measured in turn, in one run.
//
//   npm run build && node bench/pipeline_bench.mjs [ROUNDS]
//
// "five processes" is that script's lower bound on the same image and data: five interpreters that
// import numpy, pandas and faiss, as the original's steps do, and main.py in one of them; none of the
// validating, searching and writing is even done.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { execa } from 'execa';

const rounds = Number(process.argv[2] ?? 7);
const image = 'meta-vsc-descriptor-runtime:slim-local';
const project = mkdtempSync(join(tmpdir(), 'vsc-bench-'));
const data = join(project, 'data/test');

const ids = (letter) => Array.from({ length: 100 }, (_, index) => `${letter}${100001 + index}`);
const metadata = (letter) =>
  ['video_id,duration_sec', ...ids(letter).map((id, index) => `${id},${10 + (index % 40)}.5`)].join(
    '\n',
  );
mkdirSync(data, { recursive: true });
writeFileSync(join(data, 'query_metadata.csv'), metadata('Q'));
writeFileSync(join(data, 'reference_metadata.csv'), metadata('R'));
writeFileSync(join(data, 'query_subset.csv'), ['video_id', ...ids('Q').slice(0, 14)].join('\n'));

const vsc = (...line) =>
  execa('node', ['dist/main.js', '-C', project, ...line, '--dataset', 'test']);
const docker = (...line) =>
  execa('docker', ['run', '--rm', '--network', 'none', '-v', `${data}:/data:ro`, ...line]);

const step =
  "import numpy, pandas, faiss; assert len(pandas.read_csv('/data/query_metadata.csv')) == 100";
const fiveProcesses = Array.from({ length: 5 }, () => `python3 -c "${step}"`).join(' && ');

await vsc('pack-quickstart');
const oneContainer = join(project, 'one');
cpSync(join(project, 'submission'), oneContainer, { recursive: true });

const ways = {
  'an empty container': () => docker('--entrypoint', 'true', image),
  'five processes': () =>
    docker('--entrypoint', 'bash', image, '-c', `${fiveProcesses} && cd /tmp && python3 -c pass`),
  'docker run, one container': () =>
    docker('-v', `${oneContainer}:/code_execution/submission`, image),
  'vsc test-submission': () => vsc('test-submission', '--block-internet'),
};

const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
try {
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(ways)) {
      const begun = performance.now();
      await run();
      times[name].push((performance.now() - begun) / 1000);
    }
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const reference = median(times['five processes']);
console.log(`median of ${rounds} rounds, in turn`);
for (const [name, values] of Object.entries(times)) {
  const seconds = median(values);
  const share = (seconds / reference).toFixed(2);
  console.log(`${name.padEnd(28)} ${seconds.toFixed(2)} s   ${share} of five processes`);
}
