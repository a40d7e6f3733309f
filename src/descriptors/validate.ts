import { maxDescriptors } from '../dataset/metadata.ts';
import type { Finding } from '../errors.ts';
import { formatCount } from '../progress/format.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { findIdFaults, type IdFaults } from './ids.ts';
import { MalformedFile } from './malformed.ts';
import { type NpyHeader, readNpyHeader } from './npy.ts';
import { type NpzFile, type NpzMember, npzMembers } from './npz.ts';
import {
  ARRAYS,
  type ArrayName,
  areIds,
  type ExpectedSet,
  type Fault,
  INITIALS,
  type SetFacts,
  type SetShape,
  setFindings,
  shapeOf,
  unreadable,
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
  const facts = new SetReader(expected, options);
  try {
    for await (const member of npzMembers(npz, ARRAYS, options.signal)) await facts.read(member);
    facts.complete = true;
  } catch (error) {
    facts.fail(error);
  }
  return { file: expected.file, findings: setFindings(facts, expected), shape: shapeOf(facts) };
}

/** The facts of a set, as far as they have been read. */
class SetReader implements SetFacts {
  readonly headers: Partial<Record<ArrayName, NpyHeader>> = {};
  readonly present = new Set<ArrayName>();
  readonly unreadable: Fault[] = [];
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
    if (array === undefined && this.unreadable.length > 0) return;
    this.unreadable.push(unreadable(error, array));
  }

  async read({ name: member, size, cursor }: NpzMember): Promise<void> {
    const name = member as ArrayName;
    this.present.add(name);
    try {
      const header = await readNpyHeader(cursor);
      const expected = header.headerBytes + header.dataBytes;
      if (size !== expected) {
        throw new MalformedFile(
          `it is ${formatCount(size)} bytes long, but its header calls for ${formatCount(expected)}.`,
        );
      }
      this.headers[name] = header;
      await this.#readValues(name, header, cursor);
    } catch (error) {
      this.fail(error, name);
    }
  }

  async #readValues(name: ArrayName, header: NpyHeader, cursor: ByteCursor): Promise<void> {
    const { dtype, dataBytes, fortranOrder, shape } = header;
    const [rows = 0, columns = 0] = shape;
    if (name === 'video_ids' && areIds(header)) {
      if (dataBytes > MAX_LIST_BYTES) throw new MalformedFile('it is far too large for ids.');
      const expected = { known: this.#expected.durations, initial: INITIALS[this.#expected.kind] };
      this.ids = await findIdFaults(cursor.remainder(), dtype, rows, expected);
    }
    if (!this.#scanFinite) return;
    if (name === 'features' && this.#worthScanning(header)) {
      const layout = { dtype, rows, columns, fortranOrder };
      this.nonFinite = await findNonFinite(cursor.remainder(), layout);
    }
    if (name === 'timestamps' && dataBytes <= MAX_LIST_BYTES) await cursor.drain();
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

/** The verdict on a set that can't be opened at all. */
export function unreadableSet(file: string, error: MalformedFile): CheckedSet {
  return { file, findings: [{ severity: 'error', file, ...unreadable(error) }], shape: undefined };
}
