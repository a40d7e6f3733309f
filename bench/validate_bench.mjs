/**
 * How fast a full-size pair of sets is validated, against reading the same files and summing their
 * features in numpy: node bench/validate_bench.mjs [--deflated]. Needs python3 with numpy and 5 GB of
 * disk in the temporary folder; leaves nothing behind.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'vsc-bench-'));
const rounds = 5;

/** 8,000 queries of 25 s and 40,000 references of 25 s: 1.2 million vectors of 512 floats, 2.46 GB. */
const makeSets = `
import sys, zipfile
import numpy as np
folder, deflated = sys.argv[1], sys.argv[2] == 'true'
rng = np.random.default_rng(0)
tile = rng.standard_normal((20_000, 512), dtype=np.float32)
for letter, name, videos in (('Q', 'query', 8_000), ('R', 'reference', 40_000)):
    ids = np.repeat(np.array([f'{letter}{100_000 + i}' for i in range(videos)]), 25)
    features = np.tile(tile, (len(ids) // len(tile), 1))
    np.savez(f'{folder}/src/{name}_descriptors.npz', video_ids=ids,
             timestamps=np.tile(np.arange(25.0), videos), features=features)
method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
with zipfile.ZipFile(f'{folder}/submission.zip', 'w', method, compresslevel=1) as archive:
    for name in ('main.py', 'query_descriptors.npz', 'reference_descriptors.npz'):
        archive.write(f'{folder}/src/{name}', name)
`;

const readAndSum = `
import resource, sys, time
import numpy as np
started = time.perf_counter()
for name in ('query', 'reference'):
    with np.load(f'{sys.argv[1]}/src/{name}_descriptors.npz') as arrays:
        arrays['video_ids'], arrays['timestamps'], arrays['features'].sum()
print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
`;

const validate = `
import { preflight } from ${JSON.stringify(join(root, 'src/preflight/preflight.ts'))};
const [path, scan] = process.argv.slice(2);
const durations = (letter, videos) =>
  new Map(Array.from({ length: videos }, (_, at) => [letter + (100_000 + at), 25]));
const facts = {
  queryDurations: durations('Q', 8_000),
  referenceDurations: durations('R', 40_000),
  phase2: false,
  freeBytes: 1e12,
  scanFinite: scan === 'true',
};
const started = performance.now();
const findings = await preflight(path, facts);
const seconds = (performance.now() - started) / 1000;
if (findings.length > 0) throw new Error(JSON.stringify(findings));
console.log(seconds, process.resourceUsage().maxRSS * 1024);
`;

function run([command, ...args]) {
  const output = execFileSync(command, args, { encoding: 'utf8' });
  const [seconds, bytes] = output.split(' ').map(Number);
  return { seconds, megabytes: bytes / 1e6 };
}

/** Takes turns, so that whatever else the machine does meets all alike; then the medians. */
function compare(contenders) {
  const results = contenders.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, { command }] of contenders.entries()) results[at].push(run(command));
  }
  const medians = results.map(
    (all) => all.sort((a, b) => a.seconds - b.seconds)[Math.floor(rounds / 2)],
  );
  for (const [at, { label }] of contenders.entries()) {
    const { seconds, megabytes } = medians[at];
    const ratio = (seconds / medians[0].seconds).toFixed(2);
    console.log(
      `${label.padEnd(40)} ${seconds.toFixed(2)} s ${megabytes.toFixed(0).padStart(6)} MB ${ratio} x numpy`,
    );
  }
}

try {
  const deflated = process.argv.includes('--deflated');
  execFileSync('mkdir', [join(folder, 'src')]);
  writeFileSync(join(folder, 'src/main.py'), 'print("hello")\n');
  execFileSync('python3', ['-c', makeSets, folder, String(deflated)], { stdio: 'inherit' });
  const bundle = join(folder, 'validate.mjs');
  await build({
    stdin: { contents: validate, resolveDir: root, loader: 'js' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: bundle,
    logLevel: 'error',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  const zip = join(folder, 'submission.zip');
  const kind = deflated ? 'deflated' : 'stored';
  const source = join(folder, 'src');
  compare([
    {
      label: 'numpy: read both npz, sum the features',
      command: ['python3', '-c', readAndSum, folder],
    },
    { label: 'vsc: folder, every value scanned', command: ['node', bundle, source, 'true'] },
    { label: `vsc: ${kind} zip, every value scanned`, command: ['node', bundle, zip, 'true'] },
    { label: 'vsc: folder, without the scan', command: ['node', bundle, source, 'false'] },
    { label: `vsc: ${kind} zip, without the scan`, command: ['node', bundle, zip, 'false'] },
  ]);
} finally {
  rmSync(folder, { recursive: true });
}
