import { growth } from './measure.mjs';

const units = [
  ['s', 1],
  ['ms', 1e-3],
  ['µs', 1e-6],
  ['ns', 1e-9],
];

/** Three digits, more or less, in the unit that they fit. */
export function shownSeconds(seconds) {
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? units.at(-1);
  const value = seconds / size;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}

const row = (cells) => `| ${cells.join(' | ')} |`;

/** Rows against something else, with what they are to reach. */
export function comparisons(rows) {
  const head = ['what', 'against', 'theirs', 'ours', 'ratio', 'to reach'];
  const lines = rows.flatMap(({ name, against, measured, ratios }) => {
    const { ours, theirs } = measured.at(-1).ways;
    return ratios.map(({ name: of, limit, ratio }, at) => {
      const verdict = limit === undefined ? '' : `≤ ${limit}${ratio <= limit ? '' : ', missed'}`;
      const seconds =
        of === 'time' ? [theirs, ours].map((way) => shownSeconds(way.seconds)) : ['', ''];
      return row([
        at === 0 ? name : '',
        at === 0 ? against : of,
        ...seconds,
        ratio.toFixed(3),
        verdict,
      ]);
    });
  });
  return [row(head), row(head.map(() => '---')), ...lines].join('\n');
}

/** How cost grows. */
export function growths(rows) {
  const head = ['what', 'at each size', 'slope', 'powers'];
  const lines = rows.filter(({ measured }) => measured.length > 1).map(growthLine);
  return [row(head), row(head.map(() => '---')), ...lines].join('\n');
}

export function growthLine({ name, unit, measured }) {
  const { slope, powers } = growth(measured);
  const each = measured.map(
    ({ size, ways }) => `${size.toLocaleString('en')}: ${shownSeconds(ways.ours.seconds)}`,
  );
  const per = `${shownSeconds(slope)} a ${unit}`;
  return row([name, each.join(', '), per, powers.map((power) => power.toFixed(2)).join(', ')]);
}
