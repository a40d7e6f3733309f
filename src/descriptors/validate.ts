import { maxDescriptors } from '../dataset/metadata.ts';
import type { Finding } from '../errors.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import { ByteCursor } from './byte-cursor.ts';
import { findIdFaults, type IdFaults } from './ids.ts';
import { MalformedFile } from './malformed.ts';
import { type NpyHeader, readNpyHeader } from './npy.ts';
import { type NpzFile, type NpzMember, npzMembers } from './npz.ts';
import {
  ARRAYS,
  type ArrayName,
  areIds,
  type ExpectedSet,
  initialOf,
  type Problem,
  type SetFacts,
  type SetShape,
  setFindings,
  shapeOf,
} from './rules.ts';
import { canScan, findNonFinite, type NonFinite } from './scan.ts';

/** More than this is no list of ids or times; a full-size one has 34 MB. */
const MAX_LIST_BYTES = 2 ** 30;

/** How thoroughly to look. */
export interface ValidateOptions {
  /** Read all values, for NaN, infinity and damage; without it only the ids and what headers tell. */
  readonly scanFinite: boolean;
  readonly signal?: AbortSignal;
}

/** A set of descriptors after its checks. */
export interface CheckedSet {
  readonly file: string;
  readonly findings: readonly Finding[];
  /** Where the header of `features` could be read. */
  readonly shape: SetShape | undefined;
}

/**
 * Checks one set of descriptors against all rules that concern it alone. Never throws for what is
 * wrong with the file; throws the signal's reason and the system's errors.
 */
export async function checkSet(
  npz: NpzFile,
  expected: ExpectedSet,
  options: ValidateOptions,
): Promise<CheckedSet> {
  const facts = await inspect(npz, expected, options);
  return { file: expected.file, findings: setFindings(facts, expected), shape: shapeOf(facts) };
}

async function inspect(
  npz: NpzFile,
  expected: ExpectedSet,
  options: ValidateOptions,
): Promise<SetFacts> {
  const inspector = new Inspector(expected, options);
  try {
    for await (const member of npzMembers(npz, ARRAYS, options.signal)) await inspector.see(member);
    inspector.complete = true;
  } catch (error) {
    inspector.fail(error);
  }
  return inspector;
}

class Inspector implements SetFacts {
  readonly headers: Partial<Record<ArrayName, NpyHeader>> = {};
  readonly present = new Set<ArrayName>();
  readonly problems: Problem[] = [];
  complete = false;
  ids: IdFaults = {};
  nonFinite: NonFinite | undefined;
  readonly #expected: ExpectedSet;
  readonly #scanFinite: boolean;

  constructor(expected: ExpectedSet, { scanFinite }: ValidateOptions) {
    this.#expected = expected;
    this.#scanFinite = scanFinite;
  }

  /** Records what makes the file, or one array of it, unreadable. Throws anything else. */
  fail(error: unknown, array?: ArrayName): void {
    if (!(error instanceof MalformedFile)) throw error;
    // What breaks one array of a stream breaks the stream too: say it once.
    if (array === undefined && this.problems.length > 0) return;
    const { message, fix } = error;
    this.problems.push({
      message,
      ...(array === undefined ? {} : { array }),
      ...(fix === undefined ? {} : { fix }),
    });
  }

  async see(member: NpzMember): Promise<void> {
    const name = member.name as ArrayName;
    this.present.add(name);
    const cursor = new ByteCursor(member.chunks());
    try {
      const header = await readNpyHeader(cursor);
      assertSize(member, header);
      this.headers[name] = header;
      await this.#values(name, header, cursor);
    } catch (error) {
      this.fail(error, name);
    } finally {
      await cursor.close();
    }
  }

  async #values(name: ArrayName, header: NpyHeader, cursor: ByteCursor): Promise<void> {
    if (name === 'video_ids' && areIds(header)) {
      const { durations: known, kind } = this.#expected;
      const count = header.shape[0] ?? 0;
      if (header.dataBytes > MAX_LIST_BYTES)
        throw new MalformedFile('it is far too large for ids.');
      const expected = { known, initial: initialOf(kind) };
      this.ids = await findIdFaults(cursor.remainder(), header.dtype, count, expected);
    }
    if (!this.#scanFinite) return;
    if (name === 'features' && this.#worthScanning(header)) {
      const [rows = 0, columns = 0] = header.shape;
      const { dtype, fortranOrder } = header;
      const layout = { dtype, rows, columns, fortranOrder };
      this.nonFinite = await findNonFinite(cursor.remainder(), layout);
    }
    if (name === 'timestamps' && header.dataBytes <= MAX_LIST_BYTES) await cursor.drain();
  }

  /** A set far beyond the limits is rejected anyway, and could take for ever. */
  #worthScanning({ dtype, shape: [rows = 0, columns = 0, ...more] }: NpyHeader): boolean {
    return (
      canScan(dtype) &&
      more.length === 0 &&
      rows <= 2 * maxDescriptors(this.#expected.durations) &&
      columns <= 2 * descriptorTrack.maxDimensions
    );
  }
}

function assertSize({ size }: NpzMember, { headerBytes, dataBytes }: NpyHeader): void {
  if (size === headerBytes + dataBytes) return;
  throw new MalformedFile(
    `it is ${size.toLocaleString('en-US')} bytes long, but its header calls for ${(headerBytes + dataBytes).toLocaleString('en-US')}.`,
  );
}

/** The verdict on a set that can't be opened at all. */
export function unreadableSet(file: string, { message, fix }: MalformedFile): CheckedSet {
  const finding = { severity: 'error', file, rule: 'unreadable', message } as const;
  const findings = [fix === undefined ? finding : { ...finding, fix }];
  return { file, findings, shape: undefined };
}
