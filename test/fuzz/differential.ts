import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { ByteCursor } from '../../src/descriptors/byte-cursor.ts';
import { wholeItems } from '../../src/descriptors/byte-cursor.ts';
import { type NpyHeader, readNpyHeader } from '../../src/descriptors/npy.ts';
import { type NpzFile, npzMembers } from '../../src/descriptors/npz.ts';
import { ARRAYS } from '../../src/descriptors/rules.ts';
import { checkSet } from '../../src/descriptors/validate.ts';
import type { Finding } from '../../src/errors.ts';
import { openSubmission } from '../../src/preflight/open-submission.ts';
import { preflight } from '../../src/preflight/preflight.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { waysToRead } from '../descriptors/support.ts';
import { type FuzzInput, videos } from './grow.ts';

/** What a reader makes of an input. */
export interface Verdict {
  readonly accepted: boolean;
  /** Rules that it breaks, and the sentences that say so. */
  readonly why: readonly string[];
  readonly says: readonly string[];
  /** What was read of each set of an input that is accepted. */
  readonly reads: readonly SetDigest[];
}

/** A set of descriptors by what is in it; the hexadecimal ones are SHA-256. */
export interface SetDigest {
  /** Of the ids, a line each. */
  readonly ids: string;
  readonly shape: readonly number[];
  /** Of the features in row order, as little-endian float32. */
  readonly features: string;
  /** Of the bytes as they lie in the file. */
  readonly timestamps: string;
}

const facts = {
  queryDurations: videos.query,
  referenceDurations: videos.reference,
  phase2: false,
  freeBytes: 1e15,
  scanFinite: true,
} as const;

/** What our checks make of an input. @throws where the two ways to read an npz don't agree */
export async function judged(input: FuzzInput, folder: string): Promise<Verdict> {
  return input.kind === 'npz' ? judgedNpz(input.bytes) : judgedSubmission(input.bytes, folder);
}

async function judgedNpz(bytes: Buffer): Promise<Verdict> {
  const expected = { file: 'x.npz', kind: 'query', durations: videos.query, source: 'x' } as const;
  const verdicts: Verdict[] = [];
  for (const open of Object.values(waysToRead)) {
    const { findings } = await checkSet(open(bytes), expected, { scanFinite: true });
    const reads = findings.length === 0 ? [await digestOf(open(bytes))] : [];
    verdicts.push(verdictOf(findings, reads));
  }
  const [anywhere, streamed] = verdicts as [Verdict, Verdict];
  const agree =
    anywhere.accepted === streamed.accepted &&
    JSON.stringify(anywhere.reads) === JSON.stringify(streamed.reads);
  if (!agree) throw new Error(`two ways to read an npz: ${JSON.stringify(verdicts)}`);
  return anywhere;
}

function verdictOf(findings: readonly Finding[], reads: readonly SetDigest[]): Verdict {
  const why = findings.map(({ rule }) => rule);
  const says = findings.map(({ rule, message }) => `${rule}: ${message}`);
  return { accepted: why.length === 0, why, says, reads };
}

/** Rules about what the scoring has no use for: the code, and files that it leaves packed. */
const notScored = /^(main-|missing-file$|zip-bomb$)/;

async function judgedSubmission(bytes: Buffer, folder: string): Promise<Verdict> {
  const path = join(folder, 'submission.zip');
  await writeFile(path, bytes);
  const { submission: form } = descriptorTrack;
  const findings = (await preflight(path, { ...facts, form })).filter(
    ({ severity }) => severity === 'error',
  );
  const broken = findings
    .filter(
      ({ file, rule }) => file !== form.entryPoint || !/^(main-|missing|unreadable)/.test(rule),
    )
    .filter(({ file, rule }) => form.files.includes(file) || !notScored.test(rule));
  if (broken.length > 0) return verdictOf(broken, []);
  const submission = await openSubmission(path, { freeBytes: 1e15 });
  try {
    const reads: SetDigest[] = [];
    for (const name of form.files) {
      const npz = await submission.files.get(name)?.npz();
      if (npz !== undefined) reads.push(await digestOf(npz));
    }
    return verdictOf([], reads);
  } finally {
    await submission.close();
  }
}

async function digestOf(npz: NpzFile): Promise<SetDigest> {
  const found: Record<string, { readonly header: NpyHeader; readonly data: Buffer }> = {};
  for await (const { name, cursor } of npzMembers(npz, ARRAYS)) {
    const header = await readNpyHeader(cursor);
    const data = name === 'timestamps' ? await all(cursor) : await items(cursor, header);
    found[name] = { header, data };
  }
  const { video_ids: ids, features, timestamps } = found;
  if (!ids || !features || !timestamps) throw new Error('an accepted set lacks an array');
  return {
    ids: sha256(textsOf(ids.data, ids.header).join('\n')),
    shape: features.header.shape,
    features: sha256(inRows(features.data, features.header)),
    timestamps: sha256(timestamps.data),
  };
}

async function all(cursor: ByteCursor): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of cursor.remainder()) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** All items, in this machine's byte order. */
async function items(cursor: ByteCursor, { dtype }: NpyHeader): Promise<Buffer> {
  const wordSize = dtype.kind === 'U' ? 4 : dtype.kind === 'S' ? 1 : dtype.itemSize;
  const parts: Buffer[] = [];
  for await (const part of wholeItems(cursor.remainder(), { ...dtype, wordSize })) {
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts);
}

function textsOf(data: Buffer, { dtype, shape }: NpyHeader): string[] {
  return Array.from({ length: shape[0] ?? 0 }, (_, row) => {
    const item = data.subarray(row * dtype.itemSize, (row + 1) * dtype.itemSize);
    const codes =
      dtype.kind === 'S' ? [...item] : [...new Uint32Array(new Uint8Array(item).buffer)];
    return String.fromCodePoint(...codes).replace(/\0+$/, '');
  });
}

function inRows(data: Buffer, { fortranOrder, shape: [rows = 0, columns = 0] }: NpyHeader): Buffer {
  if (!fortranOrder) return data;
  return Buffer.concat(
    Array.from({ length: rows * columns }, (_, at) => {
      const place = 4 * ((at % columns) * rows + Math.floor(at / columns));
      return data.subarray(place, place + 4);
    }),
  );
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A finding as both languages have to tell it: rule, severity and index. */
export type MatchFinding = readonly [string, string, number | null];

/** What the runtime makes of an input, in its container. */
export interface RuntimeVerdict extends Partial<Omit<Verdict, 'says'>> {
  /** Of matches: rule, severity and index. */
  readonly findings?: readonly MatchFinding[];
  /** An exception that got away. */
  readonly crash?: string;
  readonly seconds: number;
}

/** What the runtime is given: an npz, a submission, or matches. */
export interface RuntimeInput {
  readonly kind: FuzzInput['kind'] | 'matches';
  readonly bytes: Buffer;
}

const judge = fileURLToPath(new URL('judge.py', import.meta.url));

/** The runtime in a container of `image` that judges one input after another. End it. */
export function runtimeJudge(image: string) {
  const mount = `${judge}:/judge.py:ro`;
  const command = ['run', '--rm', '-i', '--network', 'none', '--memory', '1g', '-v', mount];
  const process = execa('docker', [...command, '--entrypoint', 'python3', image, '/judge.py'], {
    buffer: false,
    stderr: 'inherit',
  });
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the runtime ended early');
    return JSON.parse(value);
  };
  return {
    async judged({ kind, bytes }: RuntimeInput): Promise<RuntimeVerdict> {
      const head = Buffer.alloc(5);
      head.write(kind[0] as string, 0, 'latin1');
      head.writeUInt32LE(bytes.length, 1);
      process.stdin.write(Buffer.concat([head, bytes]));
      return next();
    },
    /** Ends it and tells the most memory that it had, in bytes. */
    async end(): Promise<number> {
      process.stdin.end();
      const { peak_bytes: peak } = await next();
      await process;
      return peak;
    },
  };
}

/** How the two verdicts on an input differ, or undefined where they don't. */
export function difference(ours: Verdict, theirs: RuntimeVerdict): string | undefined {
  if (theirs.crash !== undefined) return `the runtime crashes: ${theirs.crash}`;
  if (ours.accepted !== theirs.accepted) {
    return `accepted here: ${ours.accepted} (${ours.why}), there: ${theirs.accepted} (${theirs.why})`;
  }
  const same = JSON.stringify(ours.reads) === JSON.stringify(theirs.reads?.map(inOurOrder));
  return same
    ? undefined
    : `read here: ${JSON.stringify(ours.reads)}, there: ${JSON.stringify(theirs.reads)}`;
}

const inOurOrder = ({ ids, shape, features, timestamps }: SetDigest) => ({
  ids,
  shape,
  features,
  timestamps,
});
