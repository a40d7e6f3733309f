import type { ZipEntry } from '../descriptors/zip-directory.ts';
import { partsOf } from '../descriptors/zip-names.ts';
import type { Finding } from '../errors.ts';
import { formatCount } from '../progress/format.ts';
import { shownName } from '../progress/visible.ts';
import { Pace } from '../turn.ts';
import { maxDepth } from '../walk.ts';
import { NameTree } from './name-tree.ts';

/** What the layout of a zip is judged by. */
export interface ZipFacts {
  /** The submission's own name, for findings about the whole. */
  readonly file: string;
  /** Free bytes where it will be unpacked. */
  readonly freeBytes: number;
}

/** What of an entry has a say in where and how it is unpacked. */
export type LayoutEntry = Pick<
  ZipEntry,
  'name' | 'size' | 'packedSize' | 'mode' | 'method' | 'encrypted'
>;

/** The parts of a name that a file system can have, and somebody may have given on purpose. */
type PossibleParts = readonly string[] | undefined;

interface Rule {
  readonly rule: string;
  /** What is wrong with an entry, as the end of a sentence that begins with its name. */
  readonly says: (entry: LayoutEntry, parts: PossibleParts) => string | undefined;
  readonly fix: string;
}

const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
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
/** What Linux takes, below the folder that a submission is unpacked into. */
const MAX_NAME_BYTES = 4_000;
const MAX_PART_BYTES = 255;
const REPACK = 'Pack with "vsc pack-submission".';

const ENTRY_RULES: readonly Rule[] = [
  {
    rule: 'leaves-root',
    says: ({ name }, parts) => outsideReason(name, parts),
    fix: 'Pack from inside the folder, with relative names and "/" between folders.',
  },
  {
    rule: 'symlink',
    says: (entry) => (isLink(entry) ? 'is a symbolic link' : undefined),
    fix: 'Put the file itself into the zip: "zip -r" without "-y" does.',
  },
  {
    rule: 'special-file',
    says: ({ mode }) =>
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
    says: (_, parts) =>
      parts?.[0] === 'submission'
        ? 'would be unpacked into submission/, where the zip and the results are'
        : undefined,
    fix: 'Give that folder another name.',
  },
  {
    rule: 'reserved-name',
    says: (_, parts) =>
      parts?.[0] === 'entrypoint.sh' ? "has the name of the image's entry point" : undefined,
    fix: 'Give it another name.',
  },
  {
    rule: 'zip-bomb',
    says: (entry) =>
      isSuspicious(entry)
        ? `unpacks from ${gigabytes(entry.packedSize)} to ${gigabytes(entry.size)}`
        : undefined,
    fix: REPACK,
  },
];

/** What is wrong with names beside each other, by what the tree of them says. */
const NAME_FIXES = {
  'duplicate-entry': REPACK,
  'file-and-folder': REPACK,
  'case-clash': 'Rename one of them.',
} as const;

/**
 * Everything about a zip's entries that makes unpacking it fail or do harm, grouped by rule: a finding
 * names the first entry, and how many more there are. Also the tree of all names that are possible.
 * @throws the signal's reason
 */
export async function judgeLayout(
  entries: readonly LayoutEntry[],
  facts: ZipFacts,
  signal: AbortSignal | undefined,
): Promise<{ readonly findings: readonly Finding[]; readonly tree: NameTree }> {
  const broken = new Map<string, { readonly finding: Finding; more: number }>();
  const note = (rule: string, name: string, reason: string | undefined, fix: string) => {
    if (reason === undefined) return;
    const known = broken.get(rule);
    if (known !== undefined) {
      known.more += 1;
      return;
    }
    const file = shownName(name);
    const finding = { severity: 'error', file, rule, message: `"${file}" ${reason}`, fix } as const;
    broken.set(rule, { finding, more: 0 });
  };
  const tree = new NameTree();
  let unpacked = 0;
  const pace = new Pace(signal);
  for (const entry of entries) {
    if (pace.isDue) await pace.turn();
    unpacked += entry.size;
    const parts = possibleParts(entry.name);
    for (const { rule, says, fix } of ENTRY_RULES) note(rule, entry.name, says(entry, parts), fix);
    if (parts === undefined) continue;
    const clash = tree.add(parts, isFolder(entry));
    if (clash !== undefined) {
      const reason = `${clash.reason}${clash.other === undefined ? '' : ` "${shownName(clash.other)}"`}`;
      note(clash.rule, entry.name, reason, NAME_FIXES[clash.rule]);
    }
  }
  const findings = [...broken.values()].map(({ finding, more }) =>
    more === 0
      ? finding
      : { ...finding, message: `${finding.message}; so do ${formatCount(more)} more` },
  );
  return { findings: [...findings, ...roomFindings(unpacked, facts)], tree };
}

/** Whether an entry is a folder. */
export function isFolder({ name }: Pick<LayoutEntry, 'name'>): boolean {
  return name.endsWith('/');
}

/** Whether an entry is a symbolic link. */
export function isLink({ mode }: LayoutEntry): boolean {
  return (mode & FILE_TYPE) === SYMLINK;
}

/** Undefined for names that no file system has, or that nobody gave on purpose. */
function possibleParts(name: string): PossibleParts {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return undefined;
  const parts = partsOf(name);
  const isPossible =
    (parts.length > 0 || isFolder({ name })) &&
    parts.length <= maxDepth &&
    parts.every((part) => Buffer.byteLength(part) <= MAX_PART_BYTES);
  return isPossible ? parts : undefined;
}

function outsideReason(name: string, parts: PossibleParts): string | undefined {
  if (parts === undefined) return 'has an impossible name';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'has an absolute name';
  if (name.split('/').includes('..')) return 'leads out of the folder (..)';
  return undefined;
}

function roomFindings(unpacked: number, { file, freeBytes }: ZipFacts): readonly Finding[] {
  if (unpacked <= freeBytes) return [];
  const message = `it unpacks to ${gigabytes(unpacked)}, and ${gigabytes(freeBytes)} are free`;
  const fix = 'Free some disk space, or leave out what main.py does not need.';
  return [{ severity: 'error', file, rule: 'too-large', message, fix }];
}

/** Whether an entry declares more than real data can be compressed: it is not unpacked here. */
export function isSuspicious({ size, packedSize }: LayoutEntry): boolean {
  return size > BOMB_BYTES && size > BOMB_RATIO * packedSize;
}

function gigabytes(bytes: number): string {
  return bytes < 1e6 ? `${formatCount(bytes)} bytes` : `${(bytes / 1e9).toFixed(2)} GB`;
}
