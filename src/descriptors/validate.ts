import { maxDescriptors } from '../dataset/metadata.ts';
import type { Finding } from '../errors.ts';
import { formatCount } from '../progress/format.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { sliceOf } from './byte-source.ts';
import { checksumOf, type KnownPart } from './checksum.ts';
import { findIdFaults, type IdFaults } from './ids.ts';
import { MalformedFile } from './malformed.ts';
import { type NpyHeader, readNpyHeader } from './npy.ts';
import { type AnywhereNpz, type NpzFile, type NpzMember, npzMembers } from './npz.ts';
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
import { MAX_DIMENSIONS } from './size.ts';
import { isSurelySound } from './sound.ts';

/** Bytes that an id or a timestamp may have, on the average; 28 and 16 are usual. */
const MAX_ITEM_BYTES = 256;
/** A list may always have as many, and one item no more. */
const SMALL_LIST_BYTES = 2 ** 20;
/** What a list may have where nobody knows how many vectors there may be. */
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
  const facts = new SetReader(npz, expected, options);
  try {
    for await (const member of npzMembers(npz, ARRAYS, options.signal)) await facts.read(member);
    if (options.scanFinite && 'crc32' in npz) await assertChecksum(npz, facts.verified, options);
    facts.complete = true;
  } catch (error) {
    facts.fail(error);
  }
  return { file: expected.file, findings: setFindings(facts, expected), shape: shapeOf(facts) };
}

/** Throws {@link MalformedFile} where the file as a whole is damaged: its arrays check only themselves. */
async function assertChecksum(
  npz: AnywhereNpz,
  verified: readonly KnownPart[],
  { signal }: ValidateOptions,
): Promise<void> {
  if ((await checksumOf(npz, verified, signal)) === npz.crc32) return;
  throw new MalformedFile('Its checksum (CRC-32) is wrong: the data was damaged.');
}

/** The facts of a set, as far as they have been read. */
class SetReader implements SetFacts {
  /** Parts of the file that were read to their end and have the checksum that they should. */
  readonly verified: KnownPart[] = [];
  readonly headers: Partial<Record<ArrayName, NpyHeader>> = {};
  readonly present = new Set<ArrayName>();
  readonly unreadable: Fault[] = [];
  complete = false;
  ids: IdFaults = {};
  nonFinite: NonFinite | undefined;
  readonly #npz: NpzFile;
  readonly #expected: ExpectedSet;
  readonly #options: ValidateOptions;
  readonly #maxVectors: number;

  constructor(npz: NpzFile, expected: ExpectedSet, options: ValidateOptions) {
    this.#npz = npz;
    this.#expected = expected;
    this.#options = options;
    this.#maxVectors = maxDescriptors(expected.durations);
  }

  /** Records what makes the file, or one array of it, unreadable. Throws anything else. */
  fail(error: unknown, array?: ArrayName): void {
    if (!(error instanceof MalformedFile)) throw error;
    // What breaks one array of a stream breaks the stream too: say it once.
    if (array === undefined && this.unreadable.length > 0) return;
    this.unreadable.push(unreadable(error, array));
  }

  async read({ name: member, size, cursor, stored }: NpzMember): Promise<void> {
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
      await this.#readValues(name, header, cursor, stored);
      // The end is looked at too, for that is when a checksum is compared.
      const isRead = cursor.position === size && (await cursor.next()) === undefined;
      if (isRead && stored !== undefined) this.verified.push(stored);
    } catch (error) {
      this.fail(error, name);
    }
  }

  async #readValues(
    name: ArrayName,
    header: NpyHeader,
    cursor: ByteCursor,
    stored: KnownPart | undefined,
  ): Promise<void> {
    const { scanFinite, signal } = this.#options;
    if (name === 'features') {
      if (!scanFinite || !this.#worthScanning(header)) return;
      if (await this.#isSurelySound(header, stored)) return;
      const { dtype, fortranOrder, shape } = header;
      const [rows = 0, columns = 0] = shape;
      const layout = { dtype, rows, columns, fortranOrder };
      this.nonFinite = await findNonFinite(cursor.remainder(), layout);
      return;
    }
    this.#assertList(header);
    if (name === 'timestamps') {
      if (scanFinite) await cursor.drain();
    } else if (areIds(header) && this.#isWorthReading(header)) {
      const { durations: known, kind } = this.#expected;
      const expected = { known, initial: INITIALS[kind] };
      this.ids = await findIdFaults(cursor.remainder(), header.dtype, expected, signal);
    }
  }

  /** Has all cores look at a large array that is stored, and be sure of its checksum. */
  async #isSurelySound(header: NpyHeader, stored: KnownPart | undefined): Promise<boolean> {
    if (stored === undefined || !('read' in this.#npz)) return false;
    const array = sliceOf(this.#npz, stored.offset, stored.size);
    const isSound = await isSurelySound(array, header, stored.crc32, this.#options);
    if (isSound) this.verified.push(stored);
    return isSound;
  }

  /** Throws {@link MalformedFile} for what is far too large to be a list of ids or times. */
  #assertList({ dataBytes, dtype: { itemSize } }: NpyHeader): void {
    if (itemSize > SMALL_LIST_BYTES) {
      const found = formatCount(itemSize);
      throw new MalformedFile(`it has ${found} bytes for each vector, which are far too many.`);
    }
    const most = Math.max(SMALL_LIST_BYTES, this.#maxVectors * MAX_ITEM_BYTES);
    if (dataBytes <= Math.min(most, MAX_LIST_BYTES)) return;
    const found = formatCount(dataBytes);
    throw new MalformedFile(`it has ${found} bytes, too many for a value for each vector.`);
  }

  /** A set far beyond the limits is rejected anyway, and could take for ever. */
  #isWorthReading({ shape: [rows = 0] }: NpyHeader): boolean {
    return rows <= 2 * this.#maxVectors;
  }

  #worthScanning(header: NpyHeader): boolean {
    const { dtype, shape } = header;
    const [, columns = 0, ...more] = shape;
    const fits = more.length === 0 && columns <= 2 * MAX_DIMENSIONS;
    return canScan(dtype) && fits && this.#isWorthReading(header);
  }
}

/** The verdict on a set that can't be opened at all. */
export function unreadableSet(file: string, error: MalformedFile): CheckedSet {
  return { file, findings: [{ severity: 'error', file, ...unreadable(error) }], shape: undefined };
}
