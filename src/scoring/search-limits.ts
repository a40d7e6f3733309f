import type { Limits } from '../engine/port.ts';

/** How large the sets can be that a dataset allows, and what they are compared on. */
export interface ScoringSize {
  /** Vectors that the rules allow. */
  readonly vectors: {
    readonly query: number;
    readonly reference: number;
    readonly subset: number;
  };
  readonly queryVideos: number;
  readonly maxDimensions: number;
  /** Cores of the engine's machine: the search has a thread and some room for each. */
  readonly cores: number;
  /** Whether it is done on a GPU. */
  readonly hasGpu: boolean;
}

const kibibyte = 2 ** 10;
const gibibyte = 2 ** 30;

/** The interpreter with its libraries takes 60 MB. */
const baseBytes = gibibyte;

/** PyTorch with CUDA's libraries, and what the driver takes of the machine for a device: some 3 GB. */
const gpuBytes = 8 * gibibyte;

/** Room of one thread of the search, where all products are alike and none can be left out: 100 MB. */
const bytesPerCore = gibibyte / 4;

/** Vector pairs that the search keeps for each query video, and what sorting and ranking takes for one. */
const pairsPerQuery = 1200;
const bytesPerPair = 128;

/** Beside its values a vector has an id, as wide as the validation lets it be, in two forms, and numbers. */
const bytesBesideValues = 2 * kibibyte;

/** A full set may be unpacked at four times the size of its values. */
const unpackedFactor = 4;

/** Products and sums a second on the slowest machine: a processor of 2010 does ten times as many, emulated ones fewer. */
const operationsPerSecond = 1e9;
const baseSeconds = 600;

/** As for the code: threads of BLAS and of the search. */
const processes = 2048;

/**
 * What the scoring may use at most: at least twice what the largest valid sets of a dataset have been
 * seen to need, so that what reaches it is no such set. What the user allows the code is another matter.
 */
export function scoringLimits(size: ScoringSize): Limits {
  const { vectors, queryVideos, maxDimensions, cores, hasGpu } = size;
  const { query, reference, subset } = vectors;
  const all = query + reference + subset;
  const bytesPerVector = maxDimensions * Float32Array.BYTES_PER_ELEMENT + bytesBesideValues;
  const operations = 2 * maxDimensions * reference * (query + subset);
  return {
    memoryBytes:
      baseBytes +
      cores * bytesPerCore +
      (hasGpu ? gpuBytes : 0) +
      all * bytesPerVector +
      queryVideos * pairsPerQuery * bytesPerPair,
    pids: processes,
    diskBytes: gibibyte + all * bytesPerVector * unpackedFactor,
    seconds: baseSeconds + Math.ceil(operations / operationsPerSecond),
  };
}
