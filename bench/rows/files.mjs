import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { random } from '../support/random.mjs';
import { bundle, main } from '../support/sources.mjs';

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

const ids = (letter, count) => Array.from({ length: count }, (_, at) => `${letter}${100_000 + at}`);

/** The metadata of videos of 25 s, with the columns that the real ones have. */
function metadata(letter, count) {
  const lines = ids(letter, count).map(
    (id, at) => `${id},25.0,29.97,640,360,${at},d41d8cd98f00b204e9800998ecf8427e`,
  );
  return ['video_id,duration_sec,frames_per_sec,width,height,rn,base64md5', ...lines, ''].join(
    '\n',
  );
}

/** A project whose metadata have the videos of these files. */
function makeProject(project, bytes, text = 0) {
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
function teller(place) {
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

function flush(...paths) {
  for (const path of paths) {
    const file = openSync(path);
    fsyncSync(file);
    closeSync(file);
  }
}

const pack = (smallest, limit, ofSize) => ({
  name: `\`vsc pack-submission${smallest ? ' --smallest' : ''}\` of three parts float32 and one base64, MB`,
  unit: 'MB',
  sizes: [67, 134, 268],
  against: '`zip -r` and fsync',
  limit,
  also: [{ name: 'size', limit: ofSize, of: ({ ours, theirs }) => ours.bytes / theirs.bytes }],
  rounds: 5,
  async prepare(size, place) {
    const text = Math.round((size * 1e6) / 4);
    const folder = makeProject(place, size * 1e6 - text, text);
    const vsc = teller(place);
    const [theirs, ours] = [join(place, 'theirs.zip'), join(place, 'submission/submission.zip')];
    return {
      between: () => rmSync(theirs, { force: true }),
      ways: {
        theirs: async () => {
          await execa('zip', ['-qr', theirs, '.'], { cwd: folder });
          flush(theirs);
          return { bytes: statSync(theirs).size };
        },
        ours: async () => {
          const words = ['pack-submission', '--force', ...(smallest ? ['--smallest'] : [])];
          const told = await vsc(main, '-C', place, ...words);
          return { ...told, bytes: statSync(ours).size };
        },
      },
    };
  },
});

const packAlone = `
import { packSubmission } from './src/packing/pack.ts';
const [folder, zip] = process.argv.slice(2);
const reporter = { report() {}, async output() {} };
const request = { folder, zip, effort: 'fast', force: true, dryRun: false };
await packSubmission(request, reporter, new AbortController().signal);
`;

/** One pass over a file, in the language of the other side. */
const readAndSum = `
import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
const file = openSync(process.argv[2]);
const buffer = Buffer.alloc(1024 * 1024);
let sum = 0;
for (let bytes; (bytes = readSync(file, buffer)) > 0; ) sum = crc32(buffer.subarray(0, bytes), sum);
closeSync(file);
`;

const validate = (name, method, against, limit, theirs) => ({
  name: `\`vsc validate\` of a ${name} zip, MB`,
  unit: 'MB',
  sizes: [600, 1200, 2400],
  against,
  limit,
  rounds: 5,
  async prepare(size, place) {
    const folder = makeProject(place, size * 1e6);
    const zip = join(place, 'submission.zip');
    execFileSync('zip', ['-q', method, zip, ...readdirSync(folder)], { cwd: folder });
    rmSync(folder, { recursive: true });
    const vsc = teller(place);
    const program = join(place, 'read.mjs');
    writeFileSync(program, readAndSum);
    const ours = () => vsc(main, '-C', place, 'validate', '--dataset', 'train', zip);
    return { ways: { theirs: () => theirs(zip, program), ours } };
  },
});

const box = (type, ...content) => {
  const body = Buffer.concat(content);
  const head = Buffer.from(`\0\0\0\0${type}`, 'latin1');
  head.writeUInt32BE(8 + body.length);
  return Buffer.concat([head, body]);
};
/** As boxes hold them. */
const words = (...values) => Buffer.from(Uint32Array.from(values).buffer).swap32();

/** A video of so many bytes in a container that nothing is wrong with, the index in front. */
function video(bytes, next) {
  const track = [
    box('hdlr', words(0, 0), Buffer.from('vide'), Buffer.alloc(13)),
    box(
      'minf',
      box(
        'stbl',
        box('stsd', words(0, 1), box('avc1', Buffer.alloc(78))),
        box('stsz', words(0, 0, 250)),
      ),
    ),
  ];
  const length = box('mvhd', words(0, 0, 0, 1000, 25_000), Buffer.alloc(80));
  const noise = Uint32Array.from({ length: bytes / 4 }, () => next() * 2 ** 32);
  return Buffer.concat([
    box('ftyp', Buffer.from('isom'), words(512), Buffer.from('isomavc1')),
    box('moov', length, box('trak', box('mdia', ...track))),
    box('mdat', Buffer.from(noise.buffer)),
  ]);
}

const subset = ['data-subset', '--dataset', 'test', '--proportion', '0.1'];

/** A download of so many queries, of which those that are drawn are given and have 2 MB. */
async function makeDownload(project, queries) {
  const folder = join(project, 'competition_data/test');
  const place = (id) => join(folder, 'query', `${id}.mp4`);
  mkdirSync(join(folder, 'query'), { recursive: true });
  for (const [side, letter, count] of [
    ['query', 'Q', queries],
    ['reference', 'R', 40_000],
  ]) {
    writeFileSync(join(folder, `${side}_metadata.csv`), metadata(letter, count));
  }
  for (const id of ids('Q', queries)) writeFileSync(place(id), '');
  const told = await execa('node', [main, '-C', project, ...subset, '--dry-run', '--json']);
  const chosen = JSON.parse(told.stdout).ids.map(place);
  const next = random(1);
  for (const path of chosen) writeFileSync(path, video(2e6, next));
  return chosen;
}

export const rows = [
  pack(false, 0.125, 1.1),
  pack(true, 0.5, 1),
  {
    name: '`vsc pack-submission` of full-size sets, validation included, MB',
    unit: 'MB',
    sizes: [275, 550, 1100],
    against: '`cp` and fsync',
    limit: 5,
    also: [
      {
        name: 'without validation',
        limit: 3,
        of: ({ alone, theirs }) => alone.seconds / theirs.seconds,
      },
    ],
    rounds: 7,
    async prepare(size, place) {
      const folder = makeProject(place, size * 1e6);
      const program = join(place, 'pack.mjs');
      await bundle(packAlone, program);
      const vsc = teller(place);
      const [copy, zip] = [join(place, 'copy'), join(place, 'submission/submission.zip')];
      return {
        between: () => {
          rmSync(copy, { recursive: true, force: true });
          rmSync(zip, { force: true });
        },
        ways: {
          theirs: async () => {
            await execa('cp', ['-r', folder, copy]);
            flush(...readdirSync(copy).map((name) => join(copy, name)));
          },
          alone: () => vsc(program, folder, zip),
          ours: () => vsc(main, '-C', place, 'pack-submission'),
        },
      };
    },
  },
  validate('stored', '-0', 'reading it and its CRC-32', 1.2, async (zip, program) => {
    await execa('node', [program, zip]);
  }),
  validate('deflated', '-1', '`unzip -t`', 1, async (zip) => {
    await execa('unzip', ['-tq', zip]);
  }),
  {
    name: '`vsc data-subset`, a tenth of the queries, 2 MB each',
    unit: 'video',
    sizes: [200, 400, 800],
    against: '`cp` of the same',
    limit: 1.1,
    rounds: 5,
    async prepare(size, place) {
      const chosen = await makeDownload(place, size * 10);
      const vsc = teller(place);
      const copy = join(place, 'copy');
      return {
        between: () => {
          for (const made of [copy, join(place, 'data')])
            rmSync(made, { recursive: true, force: true });
          mkdirSync(copy);
        },
        ways: {
          theirs: async () => void (await execa('cp', [...chosen, copy])),
          ours: () => vsc(main, '-C', place, ...subset),
        },
      };
    },
  },
];
