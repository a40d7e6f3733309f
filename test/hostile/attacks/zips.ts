import type { RawEntry } from '../../support/raw-zip.ts';
import type { Attack, HonestParts } from '../attack.ts';

const whole = ({ query, reference, main }: HonestParts): RawEntry[] => [
  { name: 'main.py', data: main },
  { name: 'query_descriptors.npz', data: query },
  { name: 'reference_descriptors.npz', data: reference },
];

const plus =
  (...more: readonly RawEntry[]) =>
  (honest: HonestParts) => [...whole(honest), ...more];

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
    tries: 'a zip whose descriptors are a symlink to a file of the scorer',
    outcome: refused,
    zip: ({ query, main }) => [
      { name: 'main.py', data: main },
      { name: 'query_descriptors.npz', data: query },
      { name: 'reference_descriptors.npz', data: '/etc/passwd', mode: 0o120777 },
    ],
    preflight: 4,
    exit: [1],
    says: /submission\.zip is refused: .* is a symbolic link/,
    never: /root:x:0/,
  },
  {
    name: 'zip-duplicates',
    tries: 'a zip with two files of the same name: one to be checked, one to be used',
    outcome: refused,
    zip: (honest) => [...whole(honest), ...whole(honest).slice(1, 2)],
    preflight: 4,
    exit: [1],
    says: /submission\.zip is refused: .*'query_descriptors\.npz' occurs twice/,
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
    tries: 'a zip without code whose descriptors unpack from 1 MB to 1.1 GB',
    outcome: 'refused by the preflight (4) and, with --skip-preflight, by the runtime (1) unread',
    zip: ({ reference }) => [
      { name: 'query_descriptors.npz', data: { pieces: 68 } },
      { name: 'reference_descriptors.npz', data: reference },
    ],
    preflight: 4,
    exit: [1],
    says: /query_descriptors\.npz.* allowed/,
  },
  {
    name: 'zip-lies-about-sizes',
    tries: 'a zip that declares a few bytes for descriptors that unpack to 300 MB',
    outcome: refused,
    zip: ({ reference }) => [
      { name: 'query_descriptors.npz', data: { pieces: 20 }, declaredBytes: 5000 },
      { name: 'reference_descriptors.npz', data: reference },
    ],
    preflight: 4,
    exit: [1],
    says: /query_descriptors\.npz.*(damaged|CRC)/,
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
