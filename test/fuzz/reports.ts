import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { randomBelow } from './mutate.ts';

const texts = [
  'main',
  'write',
  '',
  '\u001b]0;x\u0007',
  'a\nb',
  '__proto__',
  'constructor',
  '\u202e',
  'Q1',
];
const amounts = [0, 1, 0.5, -1, 1e300, -0, 2 ** 53, 2 ** 60, 4.9, 255, 256];

/** The text of a `run_report.json`: as the runtime writes it, with some of it exchanged or repeated. */
export function runtimeReport(random: RandomGenerator): string {
  const once = (times: number) => randomBelow(random, times) === 0;
  const pick = <T>(list: readonly T[]): T => list[randomBelow(random, list.length)] as T;
  const harmful = once(2);
  const harm = <T>(value: T): unknown => (harmful && once(8) ? anything(3) : value);
  const anything = (depth: number): unknown => {
    const kind = depth === 0 ? randomBelow(random, 3) : randomBelow(random, 6);
    if (kind === 0) return pick(texts);
    if (kind === 1) return pick(amounts);
    if (kind === 2) return pick([null, true, false]);
    const count = depth === 1 && once(20) ? 200 : randomBelow(random, 4);
    const items = Array.from({ length: count }, () => anything(depth - 1));
    if (kind === 3) return items;
    return Object.fromEntries(items.map((item, at) => [`${pick(texts)}${at}`, item]));
  };
  const stage = () => ({ name: harm(pick(['unpack', 'main', 'copy'])), seconds: harm(0.25) });
  const count = harmful && once(6) ? 1_000 : 3;
  const report = {
    version: harm(1),
    stages: harm(count > 3 ? new Array(count).fill(stage()) : Array.from({ length: count }, stage)),
    counts: harm({ subset_queries: harm(4), full_pairs: harm(null) }),
    main: harm({ exit_code: harm(0) }),
    peak_memory_bytes: harm(123_456),
    versions: harm({ python: harm('3.11.2'), faiss: harm(null) }),
    reproduction: harm(pick([null, { not_compared: harm('no times') }])),
    failure: harm(
      pick([null, { stage: harm('main'), kind: harm('main-failed'), message: harm('no') }]),
    ),
    more: harm(1),
  };
  const text = JSON.stringify(report);
  if (!harmful || !once(5)) return text;
  return pick([
    text.slice(0, randomBelow(random, text.length)),
    text.replace(/\d+/, '1e400'),
    `${'['.repeat(20_000)}${text}`,
    text.replace('{', '{"version":1,"version":2,'),
    `\ufeff${text}`,
  ]);
}
