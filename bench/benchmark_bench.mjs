// What describing videos costs beside decoding them: submission_benchmark/main.py on all videos of a
// data set, and `ffmpeg -f null -` on the same files. Both are measured in turn, in one run.
//
//   node bench/benchmark_bench.mjs COMPETITION_DATA/DATASET [ROUNDS] [IMAGE]
//
// main.py runs in the image, start of Python included, start of the container not. ffmpeg (this
// machine's) runs twice: file by file, a process each, and all files in one process, which is the least
// that decoding costs. It uses all cores in both.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { execa } from 'execa';

const [dataset, rounds = 5, image = 'meta-vsc-descriptor-runtime:slim-local'] =
  process.argv.slice(2);
if (dataset === undefined) throw new Error('Say which data set: competition_data/train');
const folder = resolve(dataset);
const files = ['query', 'reference'].flatMap((kind) =>
  readdirSync(join(folder, kind))
    .filter((name) => name.endsWith('.mp4'))
    .map((name) => join(folder, kind, name)),
);
const work = mkdtempSync(join(tmpdir(), 'vsc-bench-'));
const ids = files.map((file) => file.slice(-11, -4)).sort();
writeFileSync(join(work, 'query_subset.csv'), ['video_id', ...ids].join('\n'));
writeFileSync(
  join(work, 'list.txt'),
  files.map((file) => `file '${file.replaceAll("'", "'\\''")}'`).join('\n'),
);

const seconds = async () => {
  const lengths = [];
  for (const file of files) {
    const { stdout } = await execa('ffprobe', [
      ...['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', file],
    ]);
    lengths.push(Number(stdout));
  }
  return lengths.reduce((sum, length) => sum + length, 0);
};

const mounts = [
  ...['-v', `${folder}/query:/data/query:ro`, '-v', `${folder}/reference:/data/reference:ro`],
  ...['-v', `${work}/query_subset.csv:/data/query_subset.csv:ro`],
  ...['-v', `${resolve('submission_benchmark')}:/benchmark:ro`],
];
const timed =
  'import subprocess, sys, time; begun = time.perf_counter(); ' +
  'subprocess.run([sys.executable, "-B", "/benchmark/main.py"], check=True, stdout=sys.stderr); ' +
  'print(time.perf_counter() - begun)';
const clock = async (run) => {
  const begun = performance.now();
  await run();
  return (performance.now() - begun) / 1000;
};
const decode = (...input) =>
  execa('ffmpeg', ['-v', 'error', '-nostdin', ...input, '-an', '-f', 'null', '-'], {
    reject: false,
  });

const ways = {
  'ffmpeg, file by file': () =>
    clock(async () => {
      for (const file of files) await decode('-i', file);
    }),
  'ffmpeg, one process': () =>
    clock(() => decode('-f', 'concat', '-safe', '0', '-i', join(work, 'list.txt'))),
  'main.py': async () => {
    const run = ['run', '--rm', '--network', 'none', ...mounts, '--entrypoint', 'python3', image];
    const { stdout } = await execa('docker', [...run, '-c', timed]);
    return Number(stdout);
  },
};

const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
let video;
try {
  video = await seconds();
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, run] of Object.entries(ways)) times[name].push(await run());
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const described = median(times['main.py']);
console.log(
  `${files.length} videos, ${video.toFixed(0)} s; median of ${rounds} rounds, in turn; main.py may take 2 × the first`,
);
for (const [name, values] of Object.entries(times)) {
  const took = median(values);
  const pace = (video / took).toFixed(0);
  const share = (described / took).toFixed(2);
  console.log(
    `${name.padEnd(22)} ${took.toFixed(2)} s   ${pace} s of video a second   main.py / this = ${share}`,
  );
}
