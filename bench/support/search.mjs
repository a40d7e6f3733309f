import { execa } from 'execa';
import { image, root } from './sources.mjs';

/** One go in the slim image, on the working copy: seconds, and `peak` bytes above the vectors. */
async function once(way, queries, references, dimensions) {
  const { stdout } = await execa('docker', [
    ...['run', '--rm', '--network', 'none', '-v', `${root}:/project:ro`],
    ...['--entrypoint', 'python3', image, '/project/bench/support/search.py'],
    ...[way, queries, references, dimensions].map(String),
  ]);
  const { seconds, cpu, peak } = JSON.parse(stdout);
  return { seconds, cpu, peak };
}

/** Seconds of all threads together: the same ratio where other programs take their part of the cores. */
const ofCores = { name: 'time of the cores', of: ({ ours, theirs }) => ours.cpu / theirs.cpu };

/** A row: the search of so many query videos, 24 vectors each, against growing numbers of references. */
export const search = ({
  queries,
  dimensions,
  sizes,
  ways = ['theirs', 'ours'],
  also = [],
  ...row
}) => ({
  name: `search ${queries} × ${sizes.at(-1)} videos of ${dimensions} dimensions`,
  unit: 'reference video',
  sizes,
  against: 'the bare matrix product on the same threads',
  ...row,
  also: [ofCores, ...also],
  prepare: async (references) => ({
    ways: Object.fromEntries(
      ways.map((way) => [way, () => once(way, queries, references, dimensions)]),
    ),
  }),
});
