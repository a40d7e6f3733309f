/**
 * The measured claims, each a ratio of medians taken in turns in one run:
 *
 *   npm run bench -- [--json] [--last] [--named TEXT] [--rounds N] [FILE…]
 *
 * Rows are in the files of bench/rows/, which are called by their names; without any, all. `--named`: only rows with
 * this text in their names. `--last`: only the size that a row's limits are for. `--json` prints all figures, and the
 * tables beside them to stderr; docs/performance.md is made of those that are kept, a file of rows each:
 * npm run --silent bench -- --json start > bench/results/start.json. Needs an engine and the slim image
 * (SUBMISSION_IMAGE), Debian's zip, unzip and python3-numpy, and 12 GB of disk for a while.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine, machineLine } from './support/machine.mjs';
import { measure } from './support/measure.mjs';
import { comparisons, growths } from './support/table.mjs';

// It adds tens of milliseconds to every start of Node, to whichever side starts it.
delete process.env.NODE_EXTRA_CA_CERTS;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    last: { type: 'boolean' },
    named: { type: 'string', default: '' },
    rounds: { type: 'string' },
  },
});
const known = readdirSync(join(import.meta.dirname, 'rows')).map((file) =>
  file.replace('.mjs', ''),
);
const unknown = positionals.find((name) => !known.includes(name));
if (unknown) throw new Error(`No file of rows ${unknown}; there are ${known.join(', ')}.`);

const on = machine();
const folder = mkdtempSync(join(tmpdir(), 'vsc-bench-'));
const only = (at, sizes) => !values.last || at === sizes.length - 1;
const results = [];
try {
  for (const file of positionals.length > 0 ? positionals : known) {
    const { rows } = await import(`./rows/${file}.mjs`);
    for (const row of rows.filter(({ name }) => name.includes(values.named))) {
      console.error(`measuring: ${row.name}`);
      const asked = values.rounds ? { rounds: Number(values.rounds) } : {};
      results.push(await measure({ ...row, ...asked }, join(folder, 'work'), only));
      console.error(comparisons(results.slice(-1)).split('\n').slice(2).join('\n'));
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const compared = results.filter(({ ratios }) => ratios.length > 0);
const tables = [machineLine(on), comparisons(compared), growths(results)].join('\n\n');
if (values.json) {
  console.error(tables);
  console.log(JSON.stringify({ machine: on, rows: results }, null, 1));
} else console.log(tables);
