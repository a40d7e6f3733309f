import { maxDescriptors } from '../dataset/metadata.ts';
import type { Finding } from '../errors.ts';
import { formatCount } from '../progress/format.ts';
import { quoted } from '../progress/visible.ts';
import { type IdFaults, isStringType } from './ids.ts';
import type { MalformedFile } from './malformed.ts';
import { dtypeName, isFloat32, type NpyHeader } from './npy.ts';
import type { NonFinite } from './scan.ts';
import { MAX_DIMENSIONS } from './size.ts';

/** The arrays of a set, as `numpy.savez` names them. */
export const ARRAYS = ['video_ids', 'features', 'timestamps'] as const;

/** One of {@link ARRAYS}. */
export type ArrayName = (typeof ARRAYS)[number];

/** What a set of descriptors is held to. */
export interface ExpectedSet {
  /** Its file, e.g. `query_descriptors.npz`. */
  readonly file: string;
  readonly kind: 'query' | 'reference';
  /** The videos it may speak of, with their lengths in seconds: rules 1 and 7. */
  readonly durations: ReadonlyMap<string, number>;
  /** What that list is called in messages, e.g. `query_metadata.csv`. */
  readonly source: string;
}

/** What was read off a set: the rules need nothing else. */
export interface SetFacts {
  /** The headers of the arrays that could be read. */
  readonly headers: Partial<Readonly<Record<ArrayName, NpyHeader>>>;
  /** Arrays that are there, readable or not. */
  readonly present: ReadonlySet<ArrayName>;
  /** What could not be read. Where there is one about the whole file, `complete` is false. */
  readonly unreadable: readonly Fault[];
  /** The file was read as far as asked for, so that an array not seen is not there. */
  readonly complete: boolean;
  readonly ids: IdFaults;
  readonly nonFinite: NonFinite | undefined;
}

/** A finding about a set whose file is known. */
export type Fault = Omit<Finding, 'severity' | 'file'>;

/** Vectors and their dimensions, where a set's header tells them. */
export interface SetShape {
  readonly vectors: number;
  readonly dimensions: number;
}

/** What the ids of a set start with. */
export const INITIALS = { query: 'Q', reference: 'R' } as const;
const SORT_FIX =
  'order = numpy.argsort(video_ids, kind="stable"); index all three arrays with it before saving';

/** The shape of a set's features, where they are a matrix. */
export function shapeOf({ headers }: SetFacts): SetShape | undefined {
  const [vectors, dimensions, ...more] = headers.features?.shape ?? [];
  if (vectors === undefined || dimensions === undefined || more.length > 0) return undefined;
  return { vectors, dimensions };
}

/** Everything that is wrong with a set by itself: rules 1 to 7 of the track, all findings. */
export function setFindings(facts: SetFacts, expected: ExpectedSet): readonly Finding[] {
  return [
    ...readingFindings(facts),
    ...shapeFindings(facts),
    ...sizeFindings(facts, expected),
    ...idFindings(facts.ids, expected),
    ...valueFindings(facts),
  ].map((finding) => ({ severity: 'error', file: expected.file, ...finding }));
}

interface FileAndShape {
  readonly file: string;
  readonly shape: SetShape | undefined;
}

/** The last part of rule 7: a set has to have the dimensions of the one it is searched with. */
export function dimensionFindings(set: FileAndShape, other: FileAndShape): readonly Finding[] {
  const here = set.shape?.dimensions ?? 0;
  const there = other.shape?.dimensions ?? 0;
  if (here === 0 || there === 0 || here === there) return [];
  return [
    {
      severity: 'error',
      file: set.file,
      rule: 'dimensions-differ',
      message: `its vectors have ${formatCount(here)} dimensions, those of ${other.file} have ${formatCount(there)}; they must have the same`,
    },
  ];
}

/** What could not be read: one array, or the whole file. */
export function unreadable({ message, fix }: MalformedFile, array?: ArrayName): Fault {
  const what = array === undefined ? message : `${array} can't be read: ${message}`;
  return { rule: 'unreadable', message: what, ...(fix !== undefined && { fix }) };
}

function* readingFindings(facts: SetFacts): Generator<Fault> {
  yield* facts.unreadable;
  if (!facts.complete) return;
  for (const name of ARRAYS.filter((array) => !facts.present.has(array))) {
    const found = ARRAYS.filter((array) => facts.present.has(array)).join(', ');
    yield {
      rule: 'missing-array',
      message: `the array ${name} is missing; found ${found || 'none of the three'}`,
      fix: 'numpy.savez(file, video_ids=…, timestamps=…, features=…)',
    };
  }
}

function* shapeFindings({ headers }: SetFacts): Generator<Fault> {
  const { video_ids: ids, features, timestamps } = headers;
  if (ids !== undefined && !areIds(ids)) {
    yield {
      rule: 'unreadable',
      message: `video_ids are ${dtypeName(ids.dtype)} of shape ${tuple(ids.shape)}; allowed are strings of shape (N,)`,
      fix: 'video_ids = numpy.array([str(i) for i in video_ids])',
    };
  }
  if (features !== undefined && (features.shape.length !== 2 || features.shape[1] === 0)) {
    yield {
      rule: 'features-shape',
      message: `features has shape ${tuple(features.shape)}; needed is (N, D): a row of D ≥ 1 values per vector`,
    };
  }
  if (timestamps !== undefined && !areTimestamps(timestamps)) {
    yield {
      rule: 'timestamps-shape',
      message: `timestamps has shape ${tuple(timestamps.shape)}; allowed are (N,) and (N, 2): start and end`,
    };
  }
  const lengths = new Map<string, number>();
  for (const [name, header] of Object.entries({ video_ids: ids, timestamps, features })) {
    const length = header?.shape[0];
    if (header === undefined || length === undefined) continue;
    if (name !== 'video_ids' || areIds(header)) lengths.set(name, length);
  }
  if (new Set(lengths.values()).size > 1) {
    const found = [...lengths]
      .map(([name, length]) => `${name} has ${formatCount(length)}`)
      .join(', ');
    yield { rule: 'lengths-differ', message: `the arrays must be equally long, but ${found}` };
  }
}

/** Whether an array can be the ids: a list of strings. */
export function areIds({ dtype, shape }: NpyHeader): boolean {
  return shape.length === 1 && isStringType(dtype);
}

function areTimestamps({ shape }: NpyHeader): boolean {
  return shape.length === 1 || (shape.length === 2 && shape[1] === 2);
}

function* sizeFindings(facts: SetFacts, expected: ExpectedSet): Generator<Fault> {
  const shape = shapeOf(facts);
  if (shape === undefined) return;
  const allowed = maxDescriptors(expected.durations);
  if (shape.vectors === 0) {
    yield { rule: 'no-vectors', message: 'it has no vectors at all; at least one is needed' };
  } else if (shape.vectors > allowed) {
    yield {
      rule: 'too-many-vectors',
      message: `it has ${formatCount(shape.vectors)} vectors; allowed are ${formatCount(allowed)}, one per second of the ${formatCount(expected.durations.size)} videos in ${expected.source}`,
    };
  }
  if (shape.dimensions > MAX_DIMENSIONS) {
    yield {
      rule: 'too-many-dimensions',
      message: `its vectors have ${formatCount(shape.dimensions)} dimensions; allowed are ${MAX_DIMENSIONS}`,
    };
  }
}

function* idFindings(ids: IdFaults, expected: ExpectedSet): Generator<Fault> {
  const { unsorted, wrongKind, unknown } = ids;
  if (unsorted !== undefined) {
    yield {
      rule: 'ids-not-sorted',
      message: `video_ids must be sorted, but ${quoted(unsorted.id)} at index ${formatCount(unsorted.index)} stands before ${quoted(unsorted.next)}`,
      index: unsorted.index,
      fix: SORT_FIX,
    };
  }
  if (wrongKind !== undefined) {
    yield {
      rule: 'wrong-id-kind',
      message: `video_ids[${wrongKind.index}] is ${quoted(wrongKind.id)}; ids of ${expected.kind} videos start with ${INITIALS[expected.kind]}`,
      index: wrongKind.index,
    };
  }
  if (unknown !== undefined) {
    yield {
      rule: 'unknown-video',
      message: `video_ids[${unknown.index}] is ${quoted(unknown.id)}, which is not in ${expected.source}`,
      index: unknown.index,
    };
  }
}

function* valueFindings({ headers, nonFinite }: SetFacts): Generator<Fault> {
  const { features } = headers;
  if (features !== undefined && features.shape.length === 2 && !isFloat32(features.dtype)) {
    yield {
      rule: 'not-float32',
      message: `features is ${dtypeName(features.dtype)}; allowed is float32`,
      fix: 'features = features.astype(numpy.float32)',
    };
  }
  if (nonFinite !== undefined) {
    yield {
      rule: 'not-finite',
      message: `features[${nonFinite.row}, ${nonFinite.column}] is ${nonFinite.value}; every value must be finite`,
      index: nonFinite.row,
      fix: 'assert numpy.isfinite(features).all()',
    };
  }
}

function tuple(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}
