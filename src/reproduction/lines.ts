import { formatCount } from '../progress/format.ts';
import type { NotCompared } from './compare.ts';
import type { Reproduction } from './reproduction.ts';

/** How many of the worst videos are printed. */
const ROWS = 5;

/** Whether the code makes the descriptors, for people; nothing where it was not compared. */
export function reproductionLines(reproduction: Reproduction | NotCompared): string[] {
  if (reproduction.verdict === 'not compared') return [];
  const { verdict, reasons, worstVideos, vectors, videos } = reproduction;
  if (verdict === 'reproduces') {
    const both = `${formatCount(videos.both)} video${videos.both === 1 ? '' : 's'}`;
    const count = `${formatCount(vectors.matched)} vectors of ${both}`;
    return [`main.py reproduces the submitted descriptors (${count}).`];
  }
  const lead =
    verdict === 'close'
      ? 'main.py comes close to the submitted descriptors:'
      : "main.py does not make the submitted descriptors: the subset's score will not be the full set's.";
  return [
    lead,
    ...reasons.map((reason) => `  ${reason}`),
    ...worstVideos
      .slice(0, ROWS)
      .map(
        ({ video, submitted, made, meanCosine }) =>
          `  ${video}: ${submitted} submitted, ${made} made${meanCosine === null ? '' : `, cosine ${meanCosine.toFixed(4)}`}`,
      ),
  ];
}
