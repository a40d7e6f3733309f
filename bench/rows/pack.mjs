import { closeSync, fsyncSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { bundle, main } from '../support/sources.mjs';
import { makeProject, teller } from '../support/submissions.mjs';

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
];
