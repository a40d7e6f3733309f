/**
 * Records a real rehearsal as docs/rehearsal.svg, for the README:
 *
 *   npm run build && node dist/main.js build --slim && node scripts/record.mjs
 *
 * In a temporary project with sample data the baseline is packed and rehearsed at a terminal, which `script` of util-linux
 * makes. What is printed is shown as it came; only waits are shortened, and the temporary folder is shown as ~/vsc2022.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import headless from '@xterm/headless';
import { execa } from 'execa';
import { terminalSvg } from './terminal-svg.mjs';

const [COLUMNS, ROWS] = [100, 34];
/** Most seconds that nothing happens for, and that a frame stays at least. */
const LONGEST_WAIT = 1.2;
const SHORTEST_FRAME = 0.15;
/** Of a line that is typed. */
const TYPING = 0.04;

const here = fileURLToPath(new URL('..', import.meta.url));
const main = join(here, 'dist/main.js');
const project = mkdtempSync(join(tmpdir(), 'vsc-record-'));
const shownAs = '~/vsc2022';

const terminal = new headless.Terminal({
  cols: COLUMNS,
  rows: ROWS,
  allowProposedApi: true,
  convertEol: false,
});
const frames = [];
let clock = 0;

const write = (data) => new Promise((resolve) => terminal.write(data, resolve));

/** What the terminal shows now, without the blank ends of lines. */
function screen() {
  const { active } = terminal.buffer;
  return Array.from({ length: ROWS }, (_, row) => {
    const line = active.getLine(active.viewportY + row);
    const cells = Array.from({ length: COLUMNS }, (_, column) => {
      const cell = line?.getCell(column);
      const colour = cell?.isFgPalette() ? cell.getFgColor() : undefined;
      return { text: cell?.getChars() || ' ', colour, bold: Boolean(cell?.isBold()) };
    });
    const used = cells.findLastIndex(({ text }) => text !== ' ');
    return cells.slice(0, used + 1);
  });
}

function take() {
  const lines = screen();
  const last = frames.at(-1);
  if (last && JSON.stringify(last.lines) === JSON.stringify(lines)) return;
  if (last && clock - last.seconds < SHORTEST_FRAME) last.lines = lines;
  else frames.push({ seconds: clock, lines });
}

/** Types a line, and shows what it prints until it ends. */
async function record(line) {
  await write('\x1b[1;32m$\x1b[0m ');
  for (const key of line) {
    await write(key);
    clock += TYPING;
    take();
  }
  clock += 0.4;
  await write('\r\n');
  take();
  const command = `stty cols ${COLUMNS} rows ${ROWS}; ${line.replace('vsc ', `${process.execPath} ${main} `)}`;
  const env = { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh' };
  for (const name of ['CI', 'NO_COLOR']) delete env[name];
  const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: project, env });
  const ended = once(child, 'close');
  let before = performance.now();
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    const now = performance.now();
    clock += Math.min((now - before) / 1000, LONGEST_WAIT);
    before = now;
    await write(chunk.replaceAll(project, shownAs));
    take();
  }
  const [exitCode] = await ended;
  if (exitCode !== 0) throw new Error(`"${line}" ended with ${exitCode}.`);
  clock += LONGEST_WAIT;
}

const vsc = (...line) => execa('node', [main, '-C', project, ...line]);
try {
  await vsc('init');
  await vsc('sample-data');
  await vsc('data-subset', '--proportion', '0.2');
  await record('vsc pack-benchmark');
  await record('BLOCK_INTERNET=true vsc test-submission');
} finally {
  rmSync(project, { recursive: true, force: true });
}
const title = 'A terminal: the baseline is packed, and rehearsed as the organisers run it.';
const svg = terminalSvg(frames, { columns: COLUMNS, rows: ROWS, title });
writeFileSync(join(here, 'docs/rehearsal.svg'), svg);
console.log(
  `docs/rehearsal.svg: ${frames.length} frames, ${svg.length} bytes, ${clock.toFixed(1)} s`,
);
