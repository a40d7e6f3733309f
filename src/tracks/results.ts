import type { Metric, Scores } from '../scoring/metric.ts';
import type { ResultCounts, Scored, TrackResults } from './track.ts';

/** How a track's results are scored, and how that is told. */
export interface Scoring<Table, Truth, Score> {
  readonly metric: Metric<Table, Truth, Score>;
  tell(score: Scores<Score>): Scored;
}

/** The figure that ranks submissions, out of a score. */
export function headlineOf<Score>(
  { full, subset }: Scores<Score>,
  figure: (score: Score) => number,
): Scored['headline'] {
  return { full: figure(full), ...(subset !== undefined && { subset: figure(subset) }) };
}

/** What follows for a track's results from how they are scored; `load` brings that when it is needed. */
export function resultsScoredBy<Table extends { readonly length: number }, Truth, Score>(
  load: () => Promise<Scoring<Table, Truth, Score>>,
  countsOf: (full: number, subset: number) => ResultCounts,
): Pick<TrackResults, 'loadAhead' | 'count' | 'score' | 'scoreAgainst' | 'scoreFile'> {
  const reader = () => import('../scoring/result-archive.ts');
  const scorer = () => import('../scoring/score-submission.ts');
  return {
    loadAhead: () => Promise.all([load(), reader(), scorer()]),
    async count(archive, signal) {
      const { readResults } = await reader();
      const { full, subset } = await readResults(archive, (await load()).metric, signal);
      return countsOf(full.length, subset.length);
    },
    async score(archive, truth, signal) {
      const { scoreSubmission } = await scorer();
      const { metric, tell } = await load();
      const score = await scoreSubmission(metric, archive, truth, signal);
      return score && tell(score);
    },
    async scoreAgainst(archive, groundTruth, querySubset, signal) {
      const { scoreAgainst } = await scorer();
      const { metric, tell } = await load();
      return tell(await scoreAgainst(metric, archive, groundTruth, querySubset, signal));
    },
    async scoreFile(results, groundTruth, signal) {
      const { scoreFile } = await scorer();
      const { metric, tell } = await load();
      return tell({ full: await scoreFile(metric, results, groundTruth, signal) });
    },
  };
}
