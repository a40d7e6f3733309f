import { posix } from 'node:path';
import type { ZipEntry } from '../descriptors/zip.ts';
import type { Finding } from '../errors.ts';
import { formatCount } from '../progress/format.ts';
import { shownName } from '../progress/visible.ts';

/** What the layout of a zip is judged by. */
export interface ZipFacts {
  /** The zip's own name, for findings about the whole. */
  readonly file: string;
  /** Bytes of the zip. */
  readonly zipBytes: number;
  /** Free bytes where it will be unpacked. */
  readonly freeBytes: number;
}

interface Rule {
  readonly rule: string;
  /** What is wrong with an entry, as the end of a sentence that begins with its name. */
  readonly says: (entry: ZipEntry) => string | undefined;
  readonly fix: string;
}

const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
const LOCAL_HEADER_BYTES = 30;
const METHODS: Readonly<Record<number, string>> = {
  9: 'deflate64',
  12: 'bzip2',
  14: 'lzma',
  93: 'zstd',
  95: 'xz',
};
/** Nothing that people train deflates as well as this; zeros reach 1,032. */
const BOMB_RATIO = 200;
const BOMB_BYTES = 2 ** 30;
const MAX_NAME_LENGTH = 4_096;
const MAX_DEPTH = 32;
const REPACK = 'Pack with "vsc pack-submission".';

const ENTRY_RULES: readonly Rule[] = [
  {
    rule: 'leaves-root',
    says: ({ name }) => outsideReason(name),
    fix: 'Pack from inside the folder, with relative names and "/" between folders.',
  },
  {
    rule: 'symlink',
    says: (entry) => (isLink(entry) ? 'is a symbolic link' : undefined),
    fix: 'Put the file itself into the zip: "zip -r" without "-y" does.',
  },
  {
    rule: 'special-file',
    says: ({ mode = 0 }) =>
      [0, REGULAR, FOLDER, SYMLINK].includes(mode & FILE_TYPE)
        ? undefined
        : 'is neither a file nor a folder (a device, pipe or socket)',
    fix: REPACK,
  },
  {
    rule: 'encrypted',
    says: ({ encrypted }) => (encrypted ? 'is encrypted; nobody has the password' : undefined),
    fix: 'Pack without a password.',
  },
  {
    rule: 'compression-method',
    says: ({ method }) =>
      method === 0 || method === 8
        ? undefined
        : `is compressed by method ${METHODS[method] ?? method}; allowed are stored and deflated`,
    fix: REPACK,
  },
  {
    rule: 'submission-folder',
    says: ({ name }) =>
      /^submission\/./i.test(name)
        ? 'would be unpacked into submission/, where the zip and the results are'
        : undefined,
    fix: 'Give that folder another name.',
  },
];

/** Everything about a zip's entries that makes unpacking it fail or do harm, grouped by rule. */
export function layoutFindings(entries: readonly ZipEntry[], facts: ZipFacts): readonly Finding[] {
  return [
    ...ENTRY_RULES.flatMap(({ rule, says, fix }) =>
      grouped(
        rule,
        fix,
        entries.map((entry) => [entry.name, says(entry)]),
      ),
    ),
    ...nameFindings(entries),
    ...extentFindings(entries, facts),
    ...sizeFindings(entries, facts),
  ];
}

/** Whether an entry is a folder. */
export function isFolder({ name }: Pick<ZipEntry, 'name'>): boolean {
  return name.endsWith('/');
}

/** Whether an entry is a symbolic link. */
export function isLink({ mode = 0 }: ZipEntry): boolean {
  return (mode & FILE_TYPE) === SYMLINK;
}

/** What is wrong with an entry, if anything, as the end of a sentence that begins with its name. */
type Judged = readonly [name: string, reason: string | undefined];

/** One finding for all entries that break a rule: the first by name, the others by number. */
function grouped(rule: string, fix: string, judged: readonly Judged[]): readonly Finding[] {
  const [first, ...others] = judged.filter(([, reason]) => reason !== undefined);
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `; so do ${formatCount(others.length)} more`;
  const file = shownName(first[0]);
  return [{ severity: 'error', file, rule, message: `"${file}" ${first[1]}${more}`, fix }];
}

/** Names that no file system has, or that nobody gave on purpose. */
function isImpossible(name: string): boolean {
  const tooDeep = name.split('/').length > MAX_DEPTH;
  return name === '' || name.includes('\0') || name.length > MAX_NAME_LENGTH || tooDeep;
}

function outsideReason(name: string): string | undefined {
  if (isImpossible(name)) return 'has an impossible name';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'has an absolute name';
  if (name.split('/').includes('..')) return 'leads out of the folder (..)';
  return undefined;
}

function nameFindings(entries: readonly ZipEntry[]): readonly Finding[] {
  const counts = new Map<string, number>();
  for (const { name } of entries) {
    if (!isFolder({ name }) && !isImpossible(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const folders = new Set([...counts.keys()].flatMap(foldersAbove));
  const spellings = new Map<string, string>();
  const clashing = [...counts.keys(), ...folders].map((name): Judged => {
    const folded = name.normalize('NFC').toLowerCase();
    const other = spellings.get(folded) ?? name;
    spellings.set(folded, other);
    return [name, other === name ? undefined : `differs from "${shownName(other)}" only in case`];
  });
  const repeated = [...counts].map(([name, count]): Judged => {
    return [name, count > 1 ? `is in the zip ${count} times` : undefined];
  });
  const both = [...counts.keys()].map((name): Judged => {
    return [name, folders.has(name) ? 'is both a file and a folder' : undefined];
  });
  return [
    ...grouped('duplicate-entry', REPACK, repeated),
    ...grouped('file-and-folder', REPACK, both),
    ...grouped('case-clash', 'Rename one of them.', clashing),
  ];
}

/** Entries that lie over one another or beyond the end: damage, or a bomb whose data is used twice. */
function extentFindings(entries: readonly ZipEntry[], { zipBytes }: ZipFacts): readonly Finding[] {
  const extents = entries
    .map(({ name, rawName, headerOffset, packedSize }) => ({
      name,
      start: headerOffset,
      end: headerOffset + LOCAL_HEADER_BYTES + rawName.length + packedSize,
    }))
    .sort((a, b) => a.start - b.start);
  const beyond = extents.map(({ name, end }): Judged => {
    return [name, end > zipBytes ? 'ends beyond the end of the zip' : undefined];
  });
  const overlapping = extents.map(({ name, end }, at): Judged => {
    const next = extents[at + 1];
    const over = next !== undefined && next.start < end;
    return [name, over ? `lies over "${shownName(next.name)}" in the zip` : undefined];
  });
  return [
    ...grouped('damaged-zip', 'Pack it again.', beyond),
    ...grouped('zip-bomb', REPACK, overlapping),
  ];
}

function sizeFindings(entries: readonly ZipEntry[], facts: ZipFacts): readonly Finding[] {
  const unpacked = entries.reduce((sum, { size }) => sum + size, 0);
  const tooLarge: Finding = {
    severity: 'error',
    file: facts.file,
    rule: 'too-large',
    message: `it unpacks to ${gigabytes(unpacked)}, and ${gigabytes(facts.freeBytes)} are free`,
    fix: 'Free some disk space, or leave out what main.py does not need.',
  };
  const bombs = entries.map((entry): Judged => {
    const sizes = `from ${gigabytes(entry.packedSize)} to ${gigabytes(entry.size)}`;
    return [entry.name, isSuspicious(entry) ? `unpacks ${sizes}` : undefined];
  });
  return [...grouped('zip-bomb', REPACK, bombs), ...(unpacked > facts.freeBytes ? [tooLarge] : [])];
}

/** Whether an entry declares more than real data can be compressed: it is not unpacked here. */
export function isSuspicious({ size, packedSize }: ZipEntry): boolean {
  return size > BOMB_BYTES && size > BOMB_RATIO * packedSize;
}

function gigabytes(bytes: number): string {
  return bytes < 1e6 ? `${formatCount(bytes)} bytes` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** The folders that a file is in, innermost first. */
export function foldersAbove(name: string): readonly string[] {
  const above: string[] = [];
  for (let folder = posix.dirname(name); folder !== '.' && folder !== '/'; ) {
    above.push(folder);
    folder = posix.dirname(folder);
  }
  return above;
}
