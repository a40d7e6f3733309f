// What a second container costs: the quickstart's submission, all in one container (a plain
// `docker run`) and in two (`vsc test-submission`), in turn, so that both meet the same machine.
//   node bench/stages_bench.mjs [rounds]     needs dist/ and the slim image, or SUBMISSION_IMAGE
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const rounds = Number(process.argv[2] ?? 7);
const image = process.env.SUBMISSION_IMAGE ?? 'meta-vsc-descriptor-runtime:slim-local';
const main = new URL('../dist/main.js', import.meta.url).pathname;
const project = mkdtempSync(join(tmpdir(), 'vsc-stages-'));
const vsc = (line) =>
  execFileSync('node', [main, '-C', project, '--json', ...line.split(' ')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

const ids = (letter, count) => Array.from({ length: count }, (_, at) => `${letter}${100001 + at}`);
const metadata = (all) => `video_id,duration_sec\n${all.map((id) => `${id},30.5\n`).join('')}`;
const data = join(project, 'data/test');
mkdirSync(join(data, 'query'), { recursive: true });
writeFileSync(join(data, 'query_metadata.csv'), metadata(ids('Q', 100)));
writeFileSync(join(data, 'reference_metadata.csv'), metadata(ids('R', 400)));
writeFileSync(join(data, 'query_subset.csv'), `video_id\n${ids('Q', 10).join('\n')}\n`);
vsc('pack-quickstart --dataset test');

const one = join(project, 'one');
mkdirSync(one);
copyFileSync(join(project, 'submission/submission.zip'), join(one, 'submission.zip'));
const volumes = ['-v', `${data}:/data:ro`, '-v', `${one}:/code_execution/submission`];
const inOne = () =>
  execFileSync('docker', ['run', '--rm', '--network', 'none', ...volumes, image], {
    stdio: 'ignore',
  });
const dry = () => vsc(`test-submission --dataset test --block-internet --image ${image} --dry-run`);
const inTwo = () => vsc(`test-submission --dataset test --block-internet --image ${image}`);

const seconds = (action) => {
  const begun = performance.now();
  action();
  return (performance.now() - begun) / 1000;
};
const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
const digest = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

inOne(); // warms the disk cache for both
const times = { one: [], dry: [], two: [] };
for (let round = 0; round < rounds; round++) {
  times.one.push(seconds(inOne));
  times.dry.push(seconds(dry));
  times.two.push(seconds(inTwo));
}
const same =
  digest(join(one, 'submission.tar.gz')) === digest(join(project, 'submission/submission.tar.gz'));
rmSync(project, { recursive: true });
const [single, own, double] = [median(times.one), median(times.dry), median(times.two)];
const cost = double - own - single;
console.log(`medians of ${rounds} rounds, start to end`);
console.log(`one container (docker run)               ${single.toFixed(2)} s`);
console.log(`two containers (vsc test-submission)     ${double.toFixed(2)} s`);
console.log(`  of which vsc's preflight and plan      ${own.toFixed(2)} s (--dry-run)`);
console.log(`ratio ${(double / single).toFixed(2)}, difference ${(double - single).toFixed(2)} s`);
console.log(`the second container costs ${cost.toFixed(2)} s (claim: at most 1 s)`);
console.log(`rankings byte-equal: ${same}`);
process.exitCode = same && cost <= 1 ? 0 : 1;
