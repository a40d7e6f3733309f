/**
 * The curves of what was measured, from kept figures:
 *
 *   node bench/pictures.mjs > docs/performance.svg
 *
 * A drawing for each row that was measured at several sizes: seconds over size, both logarithmic, ours and what it is
 * held against.
 */
import { dot, gridX, gridY, lineY } from '@observablehq/plot';
import { keptRows } from './support/kept.mjs';
import { sources } from './support/sources.mjs';

const { smallPlot } = await sources('report/responsive-plot');
const [width, height, columns, gap, title] = [350, 260, 2, 24, 44];

const several = keptRows().filter(({ measured }) => measured.length > 1);
const plain = (name) => name.replaceAll('`', '').replace(/, MB$/, '');
/** A name in lines that are no wider than a drawing. */
const lines = (name) => plain(name).match(/.{1,38}(?: |$)/g);
const escaped = (text) =>
  text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);

function drawing({ name, unit, measured }) {
  const points = (way) =>
    measured.flatMap(({ size, ways }) => (ways[way] ? [{ size, seconds: ways[way].seconds }] : []));
  const line = (way, colour, dash) => [
    lineY(points(way), {
      x: 'size',
      y: 'seconds',
      stroke: colour,
      strokeWidth: 2,
      strokeDasharray: dash,
    }),
    dot(points(way), { x: 'size', y: 'seconds', fill: colour, r: 3 }),
  ];
  const sizes = measured.map(({ size }) => size);
  const grid = { stroke: 'var(--line)', strokeOpacity: 1 };
  return smallPlot(
    { name: plain(name), description: `Seconds at ${sizes.join(', ')} ${unit}s.` },
    {
      marginRight: 36,
      x: {
        type: 'log',
        label: unit,
        labelArrow: 'none',
        ticks: sizes.toSorted((a, b) => a - b),
        tickFormat: (size) => size.toLocaleString('en'),
      },
      y: {
        type: 'log',
        label: 'seconds',
        labelArrow: 'none',
        ticks: 4,
        tickFormat: (seconds) => `${Number(seconds.toPrecision(1))}`,
      },
      marks: [
        gridX({ ...grid, ticks: sizes }),
        gridY({ ...grid, ticks: 4 }),
        ...line('theirs', 'var(--subset)', '7 4'),
        ...line('ours', 'var(--full)', 'none'),
      ],
    },
  ).text;
}

const place = (at) => [
  (at % columns) * (width + gap),
  Math.floor(at / columns) * (height + title + gap),
];
const parts = several.map((row, at) => {
  const [x, y] = place(at);
  const svg = drawing(row).replace('<svg ', `<svg x="${x}" y="${y + title}" `);
  const named = lines(row.name).map(
    (line, at) => `<tspan x="${x + 44}" y="${y + 18 + 16 * at}">${escaped(line.trim())}</tspan>`,
  );
  return `<text class="title">${named.join('')}</text>${svg}`;
});
const whole = [columns * width + gap, Math.ceil(several.length / columns) * (height + title + gap)];
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole.join(' ')}" width="${whole[0]}" height="${whole[1]}">
<style>
:root { --ink: #1f1e1b; --line: #e4e0d6; --full: #1d5fa8; --subset: #a8561d; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e5de; --line: #34353a; --full: #7db4f0; --subset: #f0a66d; --paper: #17181b; } }
svg { color: var(--ink); font: 12px system-ui, sans-serif; }
.title { font-weight: 600; font-size: 13px; fill: var(--ink); }
</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
${parts.join('\n')}
</svg>`);
