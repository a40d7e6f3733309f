/**
 * What a terminal showed, as one SVG that plays by itself: frames side by side, of which a window shows one at a time.
 * No script, no font and nothing from elsewhere is in it, and the last frame is what those see who asked for less motion, or whose program plays nothing.
 */

/** Of a cell, in pixels. */
const CELL = { width: 8.4, height: 18 };
const PADDING = 14;
const BAR = 26;
/** Seconds that the last frame stays. */
const REST = 6;

const COLOURS = {
  background: '#16181d',
  text: '#d5d8de',
  palette: ['#5c6370', '#f2777a', '#8fc978', '#e8c26a', '#7aa6f0', '#c792ea', '#66c7d0', '#d5d8de'],
};

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const rounded = (value) => String(Math.round(value * 100) / 100);

/** Runs of a line that look the same: `{ text, colour, bold }`. */
function runsOf(cells) {
  const runs = [];
  for (const { text, colour, bold } of cells) {
    const last = runs.at(-1);
    if (last && last.colour === colour && last.bold === bold) last.text += text;
    else runs.push({ text, colour, bold });
  }
  return runs;
}

function lineOf(cells) {
  let column = 0;
  const spans = runsOf(cells).map(({ text, colour, bold }) => {
    const at = column;
    column += [...text].length;
    if (text.trim() === '') return '';
    const lead = text.length - text.trimStart().length;
    const shown = text.trim();
    const fill = colour === undefined ? '' : ` fill="${COLOURS.palette[colour % 8]}"`;
    const x = rounded((at + lead) * CELL.width);
    const length = rounded([...shown].length * CELL.width);
    const weight = bold ? ' font-weight="bold"' : '';
    return `<tspan x="${x}" textLength="${length}"${fill}${weight}>${escaped(shown)}</tspan>`;
  });
  return spans.join('');
}

/**
 * The picture of frames `{ seconds, lines }`, `lines` of cells `{ text, colour, bold }` with `colour` 0 to 15 or
 * undefined; `seconds` is when a frame appears.
 */
export function terminalSvg(frames, { columns, rows, title }) {
  const symbols = new Map();
  const symbolOf = (cells) => {
    const line = lineOf(cells);
    if (line === '') return undefined;
    if (!symbols.has(line)) symbols.set(line, `l${symbols.size}`);
    return symbols.get(line);
  };
  const width = columns * CELL.width + 2 * PADDING;
  const height = rows * CELL.height + 2 * PADDING + BAR;
  const drawn = frames.map(({ lines }, at) => {
    const uses = lines.flatMap((cells, row) => {
      const id = symbolOf(cells);
      return id === undefined ? [] : `<use href="#${id}" y="${row * CELL.height}"/>`;
    });
    return `<g transform="translate(${rounded(at * width)})">${uses.join('')}</g>`;
  });
  const total = (frames.at(-1)?.seconds ?? 0) + REST;
  const steps = frames.map(({ seconds }, at) => {
    const share = rounded((seconds / total) * 100);
    return `${share}%{transform:translateX(${rounded(-at * width)}px)}`;
  });
  const last = `translateX(${rounded(-(frames.length - 1) * width)}px)`;
  const defs = [...symbols].map(
    ([line, id]) => `<text id="${id}" y="${CELL.height - 5}" xml:space="preserve">${line}</text>`,
  );
  const dots = ['#f2777a', '#e8c26a', '#8fc978'].map(
    (fill, at) =>
      `<circle cx="${PADDING + 6 + at * 18}" cy="${BAR / 2 + 3}" r="5.5" fill="${fill}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${rounded(width)} ${rounded(height)}" width="${rounded(width)}" height="${rounded(height)}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${COLOURS.text}}
.play{transform:${last};animation:play ${rounded(total)}s step-end infinite}
@keyframes play{${steps.join('')}100%{transform:${last}}}
@media (prefers-reduced-motion:reduce),print{.play{animation:none}}
</style>
<defs>
${defs.join('\n')}
</defs>
<rect width="100%" height="100%" rx="8" fill="${COLOURS.background}"/>
${dots.join('')}
<svg x="${PADDING}" y="${BAR + PADDING}" width="${rounded(width - 2 * PADDING)}" height="${rows * CELL.height}" overflow="hidden"><g class="play">
${drawn.join('\n')}
</g></svg>
</svg>
`;
}
