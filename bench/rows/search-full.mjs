import { search } from '../support/search.mjs';

// A go takes minutes, with 512 dimensions some twenty.
const few = { rounds: 1, warm: false };
const sizes = [10_000, 20_000, 40_000];
const gigabytes = (bytes) => bytes / 1e9;

export const rows = [64, 512].map((dimensions) =>
  search({
    ...{ queries: 8000, dimensions, sizes, ...few, limit: 1.15 },
    also: [{ name: 'GB beyond the vectors', limit: 1.1, of: ({ ours }) => gigabytes(ours.peak) }],
  }),
);
