import { formatCount } from '../progress/format.ts';
import type { QueryLoss, RankedPair, SubmissionScore } from '../scoring/score.ts';
import {
  details,
  figure,
  formatScore,
  formatShare,
  number,
  section,
  table,
  words,
} from './components.ts';
import { type Html, html, truncate } from './html.ts';
import { histogram, precisionRecallCurves } from './score-plots.ts';

/** What the score is made of, and where it could rise. */
export function scoreSections(score: SubmissionScore): Html {
  const { full, subset } = score;
  const ofSubset = (content: Html) => details('The same in the subset', content);
  return html`${section('curves', 'Precision and recall', precisionRecallCurves(score))}${section(
    'scores',
    'Score distribution',
    html`<p class="lead">The further apart the two, the better a threshold separates them.</p>
<div class="pair">${histogram('full', full)}${subset && histogram('subset', subset)}</div>`,
  )}${section(
    'queries',
    'Worst queries',
    html`<p class="lead">By how much the score would rise if all true pairs of the query came first.</p>`,
    worstQueries('full', full.worstQueries),
    subset && ofSubset(worstQueries('subset', subset.worstQueries)),
  )}${section(
    'false-pairs',
    'False pairs with the highest scores',
    html`<p class="lead">Not in the ground truth, yet ranked before true ones.</p>`,
    falsePairs('full', full.topFalsePairs),
    subset && ofSubset(falsePairs('subset', subset.topFalsePairs)),
  )}`;
}

function worstQueries(name: keyof SubmissionScore, queries: readonly QueryLoss[]): Html {
  if (queries.length === 0) return html`<p class="none">No query loses anything.</p>`;
  return table(
    `Queries of the ${name} rankings with the greatest loss`,
    [words('Query'), number('Loss'), number('Found'), number('Best rank')],
    queries.map(({ query, loss, found, truePairs, bestRank }, index) => {
      const place = `score.${name}.worstQueries.${index}`;
      return [
        html`<code>${truncate(query)}</code>`,
        figure(`${place}.loss`, loss, formatShare),
        html`${figure(`${place}.found`, found, formatCount)} of ${figure(`${place}.truePairs`, truePairs, formatCount)}`,
        figure(`${place}.bestRank`, bestRank, formatCount, 'not ranked'),
      ];
    }),
  );
}

function falsePairs(name: keyof SubmissionScore, pairs: readonly RankedPair[]): Html {
  if (pairs.length === 0) return html`<p class="none">There is no false pair.</p>`;
  return table(
    `False pairs of the ${name} rankings, best first`,
    [number('Rank'), words('Query'), words('Reference'), number('Score')],
    pairs.map(({ rank, query, reference, score }, index) => {
      const place = `score.${name}.topFalsePairs.${index}`;
      return [
        figure(`${place}.rank`, rank, formatCount),
        html`<code>${truncate(query)}</code>`,
        html`<code>${truncate(reference)}</code>`,
        figure(`${place}.score`, score, formatScore),
      ];
    }),
  );
}
