import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { random } from '../support/random.mjs';
import { main } from '../support/sources.mjs';
import { ids, makeProject, metadata, teller } from '../support/submissions.mjs';

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
