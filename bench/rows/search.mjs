import { search } from '../support/search.mjs';

const rounds = 5;
const sizes = [1000, 2000, 4000];

export const rows = [
  search({
    ...{ queries: 800, dimensions: 256, sizes, rounds, limit: 1.1 },
    ways: ['theirs', 'ours', 'faiss'],
    also: [{ name: 'faiss, all cores', of: ({ ours, faiss }) => ours.seconds / faiss.seconds }],
  }),
  search({ queries: 800, dimensions: 512, sizes, rounds, limit: 1.1 }),
];
