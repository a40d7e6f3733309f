import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** A valid full-size pair of sets of so many vectors, a sixth of them queries, and text in base64. */
const makeFiles = `
import base64, sys
import numpy as np
folder, vectors, text = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)
for letter, name, videos in (('Q', 'query', vectors // 150), ('R', 'reference', vectors // 30)):
    ids = np.repeat(np.array([f'{letter}{100_000 + at}' for at in range(videos)]), 25)
    np.savez(f'{folder}/{name}_descriptors.npz', video_ids=ids, timestamps=np.tile(np.arange(25.0), videos),
             features=rng.standard_normal((len(ids), 512), dtype=np.float32))
if text:
    with open(f'{folder}/weights.txt', 'wb') as file:
        file.write(base64.b64encode(rng.bytes(text * 3 // 4)))
with open(f'{folder}/main.py', 'w') as file:
    file.write('print("hello")\\n')
`;
/** As `makeFiles` is told, for so many bytes of sets. */
const vectorsFor = (bytes) => Math.round(bytes / 2084);

export const ids = (letter, count) =>
  Array.from({ length: count }, (_, at) => `${letter}${100_000 + at}`);

/** The metadata of videos of 25 s, with the columns that the real ones have. */
export function metadata(letter, count) {
  const lines = ids(letter, count).map(
    (id, at) => `${id},25.0,29.97,640,360,${at},d41d8cd98f00b204e9800998ecf8427e`,
  );
  return ['video_id,duration_sec,frames_per_sec,width,height,rn,base64md5', ...lines, ''].join(
    '\n',
  );
}

/** A project whose metadata have the videos of these files. */
export function makeProject(project, bytes, text = 0) {
  const vectors = vectorsFor(bytes);
  const folder = join(project, 'submission_src');
  const data = join(project, 'data/train');
  for (const made of [folder, data]) mkdirSync(made, { recursive: true });
  execFileSync('python3', ['-c', makeFiles, folder, String(vectors), String(text)]);
  const sides = { query: ['Q', vectors / 150], reference: ['R', vectors / 30] };
  for (const [side, [letter, videos]] of Object.entries(sides)) {
    writeFileSync(join(data, `${side}_metadata.csv`), metadata(letter, Math.floor(videos)));
  }
  return folder;
}

/** Has a Node process, whichever it is, tell the most memory that it held. */
const peakTeller = `
process.on('exit', () => {
  require('node:fs').writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS * 1024));
});
`;

/** A way that runs `vsc`, or another program, and tells its seconds from without and its memory from within. */
export function teller(place) {
  const [program, peak] = [join(place, 'peak.cjs'), join(place, 'peak')];
  writeFileSync(program, peakTeller);
  return async (...words) => {
    const env = { NODE_OPTIONS: `--require ${program}`, BENCH_PEAK: peak };
    const begun = performance.now();
    await execa('node', words, { env });
    return {
      seconds: (performance.now() - begun) / 1000,
      peak: Number(readFileSync(peak, 'utf8')),
    };
  };
}
