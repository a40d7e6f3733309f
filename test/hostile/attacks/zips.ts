import { expect } from 'vitest';
import { makeNpy, makeZip } from '../../descriptors/support.ts';
import { type RawEntry, rawZip } from '../../support/raw-zip.ts';
import { type Attack, everyTrack, type HonestParts } from '../attack.ts';

const whole = ({ submitted, main }: HonestParts): RawEntry[] => [
  { name: 'main.py', data: main },
  ...submitted,
];

const plus =
  (...more: readonly RawEntry[]) =>
  (honest: HonestParts) => [...whole(honest), ...more];

const otherwise =
  'refused, since two readers would find different descriptors in it: by the preflight (4) and, with --skip-preflight, by the runtime (1)';

/** All of it, with others in place of some entries. */
const replacing =
  (...others: readonly RawEntry[]) =>
  (honest: HonestParts) =>
    whole(honest).map((entry) => others.find(({ name }) => name === entry.name) ?? entry);

/** All of it, what is submitted first beside the code replaced: the queries' set, or the full matches. */
const replacingFirst =
  (content: Pick<RawEntry, 'data' | 'mode' | 'declaredBytes'>) => (honest: HonestParts) => {
    const name = honest.submitted[0]?.name ?? '';
    return replacing({ name, ...content })(honest);
  };

/** With what `main.py` should write packed, and a `main.py` that writes nothing. */
const packingMade =
  (made: (name: string) => RawEntry) =>
  ({ submitted }: HonestParts): RawEntry[] => [
    { name: 'main.py', data: 'pass\n' },
    ...submitted,
    ...['subset_query_descriptors.npz', 'subset_matches.csv'].map(made),
  ];

const first = '(query_descriptors\\.npz|full_matches\\.csv)';

/** The end record, which is the last 22 bytes of a zip without a comment. */
const endRecordBytes = 22;

/** Two zips in one: the directory of the first where the offset says, that of the second where the end is. */
const twoDirectories = (honest: HonestParts): Buffer => {
  const stored = (change: (data: Buffer) => Buffer) =>
    makeZip([
      { name: 'main.py', data: Buffer.from(honest.main) },
      ...honest.submitted.map(({ name, data }) => ({ name, data: change(data) })),
    ]);
  const other = stored((data) => Buffer.from(data).fill(0, 400, 800));
  return Buffer.concat([stored((data) => data).subarray(0, -endRecordBytes), other]);
};

/** An npz of which each array is tiny and \`ids\` says what it likes. */
const setWith = (ids: Buffer): Buffer =>
  makeZip([
    { name: 'video_ids.npy', data: ids },
    { name: 'features.npy', data: makeNpy('<f4', [1, 2], Buffer.alloc(8)) },
    { name: 'timestamps.npy', data: makeNpy('<f8', [1], Buffer.alloc(8)) },
  ]);

const many = (count: number, entry: (index: number) => RawEntry): readonly RawEntry[] =>
  Array.from({ length: count }, (_, index) => entry(index));

const refused = 'refused by the preflight (4) and, with --skip-preflight, by the runtime (1)';

/** Zips that are to be unpacked where they should not, or to what they are not. */
export const zipAttacks: readonly Attack[] = [
  {
    name: 'zip-dotdot',
    tries: 'a zip with names that lead out of the folder (..)',
    outcome: refused,
    zip: plus({ name: '../../opt/vsc_runtime/planted.py', data: '' }),
    preflight: 4,
    exit: [1],
    says: /submission\.zip is refused: .* leads out of the folder/,
  },
  {
    name: 'zip-absolute',
    tries: 'a zip with absolute names',
    outcome: refused,
    zip: plus({ name: '/etc/cron.d/planted', data: '' }),
    preflight: 4,
    exit: [1],
    says: /submission\.zip is refused: .* has an absolute name/,
  },
  {
    name: 'zip-symlinks',
    tries: 'a zip with a symlink, and a file to be written through it',
    outcome: refused,
    zip: plus(
      { name: 'out', data: '/data', mode: 0o120777 },
      { name: 'out/planted.txt', data: 'x' },
    ),
    preflight: 4,
    exit: [1],
    says: /submission\.zip is refused: .*'out' is a symbolic link/,
  },
  {
    name: 'zip-symlinked-set',
    tries: 'a zip whose descriptors, or matches, are a symlink to a file of the scorer',
    outcome: refused,
    tracks: everyTrack,
    zip: replacingFirst({ data: '/etc/passwd', mode: 0o120777 }),
    preflight: 4,
    exit: [1],
    says: /submission\.zip is refused: .* is a symbolic link/,
    never: /root:x:0/,
  },
  {
    name: 'zip-duplicates',
    tries: 'a zip with two files of the same name: one to be checked, one to be used',
    outcome: refused,
    tracks: everyTrack,
    zip: (honest) => [...whole(honest), ...whole(honest).slice(1, 2)],
    preflight: 4,
    exit: [1],
    says: new RegExp(`submission\\.zip is refused: .*'${first}' occurs twice`),
  },
  {
    name: 'zip-device',
    tries: 'a zip with a device and a named pipe',
    outcome: refused,
    zip: plus(
      { name: 'disk', data: '', mode: 0o060666 },
      { name: 'pipe', data: '', mode: 0o010666 },
    ),
    preflight: 4,
    exit: [1],
    says: /is neither a file nor a folder/,
  },
  {
    name: 'zip-over-the-runtime',
    tries: "a zip with files in place of the entry point and of the runtime's results",
    outcome: refused,
    zip: plus(
      { name: 'entrypoint.sh', data: 'exit 0' },
      { name: 'submission/submission.tar.gz', data: 'x' },
    ),
    preflight: 4,
    exit: [1],
    says: /has a name that the runtime needs itself/,
  },
  {
    name: 'zip-bomb',
    tries: 'a zip of 1 MB that unpacks to 1.1 GB',
    outcome: 'refused by the preflight (4); without it fails (1) at the limit of --disk',
    zip: plus({ name: 'model.bin', data: { pieces: 68 } }),
    flags: '--disk 64m',
    preflight: 4,
    exit: [1],
    says: /larger than allowed|to the disk \(--disk\)/,
  },
  {
    name: 'zip-bomb-for-the-scorer',
    tries: 'a zip without code whose descriptors, or matches, unpack from 1 MB to 1.1 GB',
    outcome: 'refused by the preflight (4) and, with --skip-preflight, by the runtime (1) unread',
    tracks: everyTrack,
    zip: (honest) => replacingFirst({ data: { pieces: 68 } })(honest).slice(1),
    preflight: 4,
    exit: [1],
    says: new RegExp(`${first}.* allowed`),
  },
  {
    name: 'zip-lies-about-sizes',
    tries: 'a zip that declares a few bytes for descriptors, or matches, that unpack to 300 MB',
    outcome: refused,
    tracks: everyTrack,
    zip: (honest) => replacingFirst({ data: { pieces: 20 }, declaredBytes: 5000 })(honest).slice(1),
    preflight: 4,
    exit: [1],
    says: new RegExp(`${first}.*(damaged|CRC)`),
  },
  {
    name: 'zip-packed-output',
    tries: 'a zip with what main.py should write, as if it had: it writes nothing',
    outcome: 'fails (1): there is no output',
    tracks: everyTrack,
    zip: packingMade((name) => ({
      name,
      data: 'query_id,ref_id,query_start,query_end,ref_start,ref_end,score\n',
    })),
    exit: [1],
    says: /it wrote no .*subset_(query_descriptors\.npz|matches\.csv)/,
  },
  {
    name: 'zip-packed-output-folder',
    tries: 'the same with a folder of that name, and files in it',
    outcome: 'fails (1): there is no output',
    tracks: ['matching'],
    zip: packingMade((name) => ({ name: `${name}/main/x`, data: '' })),
    exit: [1],
    says: /it wrote no .*subset_(query_descriptors\.npz|matches\.csv)/,
  },
  {
    name: 'zip-names-with-escapes',
    tries: "a zip with names that are a terminal's commands",
    outcome: 'shown harmless',
    zip: plus({ name: '../\x1b]0;owned\x07', data: '' }),
    preflight: 4,
    exit: [1],
    never: /\x1b\]|\x07/,
  },
  {
    name: 'zip-two-directories',
    tries: 'a zip with two directories: one by its offset, one by its place',
    outcome: otherwise,
    zip: twoDirectories,
    preflight: 4,
    exit: [1],
    says: /zip directory does not end where its end record begins/i,
  },
  {
    name: 'zip-in-a-comment',
    tries: 'a zip with another in its comment',
    outcome: otherwise,
    zip: (honest) => {
      const inner = rawZip(whole(honest).slice(0, 1));
      const outer = rawZip(whole(honest));
      outer.writeUInt16LE(inner.length, outer.length - 2);
      return Buffer.concat([outer, inner]);
    },
    preflight: 4,
    exit: [1],
    says: /submission\.zip can't be read/,
  },
  {
    name: 'zip-nul-in-a-name',
    tries: 'a zip with a name that has a NUL, behind which some readers cut it',
    outcome: otherwise,
    zip: plus({ name: 'main.py\0.txt', data: 'print("OTHER CODE")' }),
    preflight: 4,
    exit: [1],
    says: /has a NUL in its name/,
    never: /OTHER CODE/,
  },
  {
    name: 'zip-unicode-path',
    tries: 'a zip with descriptors that have another name in an extra field (0x7075)',
    outcome: otherwise,
    zip: plus({ name: 'main.bak', data: 'print("OTHER CODE")', unicodePath: 'main.py' }),
    preflight: 4,
    exit: [1],
    says: /another name in an extra field/,
    never: /OTHER CODE/,
  },
  {
    name: 'zip-endless-ids',
    tries: 'a zip of a few bytes with descriptors for 2^40 ids of no characters',
    outcome: refused,
    zip: replacingFirst({ data: setWith(makeNpy('<U0', [2 ** 40], Buffer.alloc(0))) }),
    preflight: 4,
    exit: [1],
    says: /video_ids can't be read: its dtype '<U0' is impossible/,
  },
  {
    name: 'zip-wide-vectors',
    tries: 'a zip with descriptors of 2^50 dimensions',
    outcome: refused,
    zip: replacing({
      name: 'reference_descriptors.npz',
      data: makeZip([
        { name: 'features.npy', data: makeNpy('<f4', [1, 2 ** 50], Buffer.alloc(8)) },
      ]),
    }),
    preflight: 4,
    exit: [1],
    says: /features is .* bytes long where its header says/,
  },
  {
    name: 'zip-hidden-entries',
    tries: 'a zip with 120,000 entries, of which it declares 3',
    outcome: refused,
    zip: (honest) => {
      const zip = rawZip([
        ...whole(honest),
        ...many(119_997, (at) => ({ name: `x${at}`, data: '' })),
      ]);
      zip.writeUInt16LE(3, zip.length - 14);
      zip.writeUInt16LE(3, zip.length - 12);
      return zip;
    },
    preflight: 4,
    exit: [1],
    says: /submission\.zip can't be read: its zip directory has/,
  },
  {
    name: 'zip-deep-names',
    tries: 'a zip with thousands of names that are thousands of folders deep',
    outcome: refused,
    zip: plus(...many(240, (at) => ({ name: `${'d/'.repeat(30_000)}${at}`, data: '' }))),
    preflight: 4,
    exit: [1],
    says: /impossible name/,
  },
  {
    name: 'zip-flood-of-warnings',
    tries: 'a zip with 2,000 files of code, each full of calls that deserve a warning',
    outcome: 'twenty warnings; the rankings of an honest submission',
    zip: (honest) => [
      ...whole({ ...honest, main: 'import honest\n' }),
      { name: 'honest.py', data: honest.main },
      ...many(2000, (at) => ({
        name: `m${at}/${'n'.repeat(200)}.py`,
        data: 'requests.get(1)\n'.repeat(400),
      })),
    ],
    exit: [0],
    check: ({ stderr, page }) => {
      expect(stderr.match(/fetches from the network/g)).toHaveLength(20);
      expect(page.length).toBeLessThan(200_000);
    },
  },
  {
    name: 'zip-slow-to-search',
    tries: 'a zip of a few kilobytes with code that keeps a search for downloads busy',
    outcome: 'no more than a second; the rankings of an honest submission',
    zip: (honest) => [
      ...whole({ ...honest, main: 'import honest\n' }),
      { name: 'honest.py', data: honest.main },
      ...many(20, (at) => ({
        name: `slow${at}.py`,
        data: `hub.load(${'weights='.repeat(200)}`.repeat(500),
      })),
    ],
    exit: [0],
  },
  {
    name: 'zip-names-for-a-ci',
    tries:
      "a zip with names that are a CI's commands and lines of vsc's own, and that turn text around",
    outcome: 'shown on one line, as escapes',
    zip: plus({
      name: '../\n::add-mask::\u202egpj.exe\nThe submission runs.##[add-mask]x',
      data: '',
    }),
    env: { CI: 'true' },
    preflight: 4,
    exit: [1],
    never: /^\s*::|^The submission runs|##\[|\u202e/m,
  },
];
