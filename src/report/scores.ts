import type { RankingScore, SubmissionScore } from '../scoring/score.ts';
import {
  figure,
  formatCount,
  formatScore,
  formatShare,
  more,
  section,
  table,
} from './components.ts';
import { brief, type Html, html } from './html.ts';
import { curves, histogram } from './score-plots.ts';

/** What the score is made of, and where it could rise. */
export function scores(score: SubmissionScore): Html {
  return html`${section('curves', 'Precision and recall', curves(score))}${section(
    'scores',
    'Score distribution',
    html`<p class="lead">The further apart the two, the better a threshold separates them.</p>
<div class="pair">${histogram('full', score.full)}${score.subset && histogram('subset', score.subset)}</div>`,
  )}${section(
    'queries',
    'Worst queries',
    html`<p class="lead">By how much the score would rise if all true pairs of the query came first.</p>`,
    worstQueries('full', score.full),
    score.subset && more('The same in the subset', worstQueries('subset', score.subset)),
  )}${section(
    'false-pairs',
    'False pairs with the highest scores',
    html`<p class="lead">Not in the ground truth, yet ranked before true ones.</p>`,
    falsePairs('full', score.full),
    score.subset && more('The same in the subset', falsePairs('subset', score.subset)),
  )}`;
}

const numeric = true;

type Name = keyof SubmissionScore;

function worstQueries(name: Name, { worstQueries: rows }: RankingScore): Html {
  if (rows.length === 0) return html`<p class="none">No query loses anything.</p>`;
  return table(
    `Queries of the ${name} rankings with the greatest loss`,
    [
      { title: 'Query' },
      { title: 'Loss', numeric },
      { title: 'Found', numeric },
      { title: 'Best rank', numeric },
    ],
    rows.map(({ query, loss, found, truePairs, bestRank }, index) => {
      const place = `score.${name}.worstQueries.${index}`;
      return [
        html`<code>${brief(query)}</code>`,
        figure(`${place}.loss`, loss, formatShare),
        html`${figure(`${place}.found`, found, formatCount)} of ${figure(`${place}.truePairs`, truePairs, formatCount)}`,
        bestRank === null
          ? html`<span class="none">not ranked</span>`
          : figure(`${place}.bestRank`, bestRank, formatCount),
      ];
    }),
  );
}

function falsePairs(name: Name, { topFalsePairs: rows }: RankingScore): Html {
  if (rows.length === 0) return html`<p class="none">There is no false pair.</p>`;
  return table(
    `False pairs of the ${name} rankings, best first`,
    [
      { title: 'Rank', numeric },
      { title: 'Query' },
      { title: 'Reference' },
      { title: 'Score', numeric },
    ],
    rows.map(({ rank, query, reference, score }, index) => {
      const place = `score.${name}.topFalsePairs.${index}`;
      return [
        figure(`${place}.rank`, rank, formatCount),
        html`<code>${brief(query)}</code>`,
        html`<code>${brief(reference)}</code>`,
        figure(`${place}.score`, score, formatScore),
      ];
    }),
  );
}
