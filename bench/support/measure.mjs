import { rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Seconds of one go, with all else that it tells. */
async function once(way) {
  const begun = performance.now();
  const told = await way();
  const seconds = (performance.now() - begun) / 1000;
  return typeof told === 'number' ? { seconds: told } : { seconds, ...told };
}

/**
 * Takes ways of doing a thing in turns, so that whatever else the machine does meets all alike, each once
 * before it counts.
 * @returns for each way the medians of its seconds and other figures, with the least and the most seconds
 */
async function inTurns(ways, rounds, { between, warm }) {
  const all = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = warm ? -1 : 0; round < rounds; round += 1) {
    for (const [name, way] of Object.entries(ways)) {
      await between?.(name);
      const figures = await once(way);
      if (round >= 0) all[name].push(figures);
    }
  }
  return Object.fromEntries(Object.entries(all).map(([name, goes]) => [name, summary(goes)]));
}

function summary(goes) {
  const of = (name) => goes.map((figures) => figures[name]);
  const medians = Object.keys(goes[0]).map((name) => [name, median(of(name))]);
  const spread = [Math.min(...of('seconds')), Math.max(...of('seconds'))];
  return { ...Object.fromEntries(medians), spread };
}

/**
 * Measures a row at each of its sizes.
 *
 * A row is
 * - `name`, and `unit`: what its `sizes` count, of which the last is the one that its limits are for
 * - `against`: what its way `theirs` is; a row without only shows how cost grows
 * - `limit`: how much of their time ours may take; `also`: further ratios, each a `name`, a `limit` and
 *   `of(figures)`, where figures are those of all ways
 * - `rounds`, and `warm: false` where the first go is like any other and dear
 * - `prepare(size, place)`: makes what is needed in the folder `place`, and gives the ways, functions that are
 *   timed or give their seconds, or these among other figures (`bytes`, `peak`: bytes of memory);
 *   `between(way)` is called before each go and not timed, `end` at the end
 *
 * @returns the row's words with `measured`, a size and figures each, and the ratios at the last size
 */
export async function measure(row, place, only = () => true) {
  const { prepare, sizes, rounds, warm = true, also = [], ...words } = row;
  const measured = [];
  for (const size of sizes.filter((_, at) => only(at, sizes))) {
    const { ways, between, end } = await prepare(size, place);
    try {
      measured.push({ size, ways: await inTurns(ways, rounds, { between, warm }) });
    } finally {
      await end?.();
      rmSync(place, { recursive: true, force: true });
    }
  }
  const last = measured.at(-1).ways;
  const ratios = also.map(({ name, limit, of }) => ({ name, limit, ratio: of(last) }));
  if (last.theirs) {
    const ratio = last.ours.seconds / last.theirs.seconds;
    ratios.unshift({ name: 'time', limit: row.limit, ratio });
  }
  return { ...words, rounds, measured, ratios };
}

/** How a way's seconds grow: seconds per unit from the smallest size to the largest, and the power between sizes. */
export function growth(measured, way = 'ours') {
  const points = measured.map(({ size, ways }) => ({ size, seconds: ways[way].seconds }));
  const [first, last] = [points[0], points.at(-1)];
  const power = (from, to) => Math.log(to.seconds / from.seconds) / Math.log(to.size / from.size);
  return {
    slope: (last.seconds - first.seconds) / (last.size - first.size),
    powers: points.slice(1).map((point, at) => power(points[at], point)),
  };
}
