import { formatCount, formatSeconds } from '../progress/format.ts';
import {
  type MatchReproduction,
  noMatches,
  type Reproduction,
} from '../reproduction/reproduction.ts';
import {
  bulletList,
  definitions,
  figure,
  formatPercent,
  formatScore,
  number,
  section,
  table,
  words,
} from './components.ts';
import { type Html, html, truncate } from './html.ts';

/** What is said of code whose results are those that were submitted, nearly, or others. */
const answers: Readonly<Record<Reproduction['verdict'], (what: string) => string>> = {
  reproduces: (what) => `Yes: the code makes the ${what} that were submitted.`,
  close: () => 'Nearly: what the code makes is close to what was submitted.',
  differs: (what) =>
    `No: the code makes other ${what} than were submitted. Expect the subset’s score to differ from the full one.`,
};

/** Similarities differ far behind the point. */
const formatSimilarity = (similarity: number) => similarity.toFixed(5);
const formatRatio = (ratio: number) => ratio.toFixed(3);

/** Whether `main.py` makes the submitted descriptors, with the videos that say otherwise. */
export function reproductionSection(reproduction: Reproduction): Html {
  const { verdict, reasons, worstVideos } = reproduction;
  return section(
    'reproduction',
    'Does the code make the descriptors?',
    answer(verdict, answers[verdict]('descriptors'), reasons),
    measures(reproduction),
    worstVideos.length > 0 && worstVideosTable(worstVideos),
  );
}

/** Whether `main.py` makes the submitted matches, with the queries that say otherwise. */
export function matchReproductionSection(reproduction: MatchReproduction): Html {
  const { verdict, reasons, segments, worstQueries } = reproduction;
  const isEmpty = verdict === 'reproduces' && segments.made === 0;
  return section(
    'match-reproduction',
    'Does the code make the matches?',
    answer(verdict, isEmpty ? noMatches : answers[verdict]('matches'), reasons),
    matchMeasures(reproduction),
    worstQueries.length > 0 && worstQueriesTable(worstQueries),
  );
}

function answer(
  verdict: Reproduction['verdict'],
  sentence: string,
  reasons: readonly string[],
): Html {
  return html`<p class="answer ${verdict}">${sentence}</p>
${bulletList(reasons)}
`;
}

/** A number by its place in the part of the model that `prefix` names. */
const measureOf =
  (prefix: string) =>
  (
    place: string,
    value: number | null | undefined,
    format: (value: number) => string = formatCount,
  ): Html =>
    figure(`${prefix}.${place}`, value, format, 'nothing to compare');

function measures(reproduction: Reproduction): Html {
  const { videos, vectors, dimensions, cosine, lengthRatio, maxTimeDifference } = reproduction;
  const measure = measureOf('reproduction');
  const leastRatio = measure('lengthRatio.min', lengthRatio?.min, formatRatio);
  return definitions([
    ['Videos in both', measure('videos.both', videos.both)],
    ['Videos only submitted', measure('videos.onlySubmitted', videos.onlySubmitted)],
    ['Videos only made', measure('videos.onlyMade', videos.onlyMade)],
    ['Vectors submitted', measure('vectors.submitted', vectors.submitted)],
    ['Vectors made', measure('vectors.made', vectors.made)],
    ['Of the same moment', measure('vectors.matched', vectors.matched)],
    ['Dimensions submitted', measure('dimensions.submitted', dimensions.submitted)],
    ['Dimensions made', measure('dimensions.made', dimensions.made)],
    ['Cosine similarity, mean', measure('cosine.mean', cosine?.mean, formatSimilarity)],
    ['Cosine similarity, least', measure('cosine.min', cosine?.min, formatSimilarity)],
    [
      'Length, made ÷ submitted',
      lengthRatio === null
        ? leastRatio
        : html`${leastRatio} to ${measure('lengthRatio.max', lengthRatio.max, formatRatio)}`,
    ],
    ['Timestamps differ by up to', measure('maxTimeDifference', maxTimeDifference, formatSeconds)],
  ]);
}

function worstVideosTable(videos: Reproduction['worstVideos']): Html {
  return table(
    'The videos that agree least',
    [
      words('Video'),
      ...['Submitted', 'Made', 'Same moment', 'Mean cosine', 'Agreement'].map(number),
    ],
    videos.map(({ video, submitted, made, matched, meanCosine, agreement }, index) => {
      const place = `reproduction.worstVideos.${index}`;
      return [
        html`<code>${truncate(video)}</code>`,
        figure(`${place}.submitted`, submitted, formatCount),
        figure(`${place}.made`, made, formatCount),
        figure(`${place}.matched`, matched, formatCount),
        figure(`${place}.meanCosine`, meanCosine, formatSimilarity),
        figure(`${place}.agreement`, agreement, formatRatio),
      ];
    }),
  );
}

function matchMeasures(reproduction: MatchReproduction): Html {
  const { queries, segments, overlap, sameOrder } = reproduction;
  const measure = measureOf('matchReproduction');
  return definitions([
    ['Queries in both', measure('queries.both', queries.both)],
    ['Queries only submitted', measure('queries.onlySubmitted', queries.onlySubmitted)],
    ['Queries only made', measure('queries.onlyMade', queries.onlyMade)],
    ['Segments submitted', measure('segments.submitted', segments.submitted)],
    ['Segments made', measure('segments.made', segments.made)],
    ['With a counterpart', measure('segments.paired', segments.paired)],
    ['Of these elsewhere', measure('segments.moved', segments.moved)],
    ['Of these scored otherwise', measure('segments.rescored', segments.rescored)],
    ['Intersection over union, mean', measure('overlap.mean', overlap?.mean, formatSimilarity)],
    ['Intersection over union, least', measure('overlap.min', overlap?.min, formatSimilarity)],
    [
      'Times differ by up to',
      measure('maxTimeDifference', reproduction.maxTimeDifference, formatSeconds),
    ],
    [
      'Scores differ by up to',
      measure('maxScoreDifference', reproduction.maxScoreDifference, formatScore),
    ],
    ['Scored in the same order', measure('sameOrder', sameOrder, formatPercent)],
  ]);
}

function worstQueriesTable(queries: MatchReproduction['worstQueries']): Html {
  return table(
    'The queries that agree least',
    [
      words('Query'),
      ...['Submitted', 'Made', 'Counterparts', 'Mean overlap', 'Scores apart', 'Agreement'].map(
        number,
      ),
    ],
    queries.map((row, index) => {
      const place = `matchReproduction.worstQueries.${index}`;
      return [
        html`<code>${truncate(row.query)}</code>`,
        figure(`${place}.submitted`, row.submitted, formatCount),
        figure(`${place}.made`, row.made, formatCount),
        figure(`${place}.paired`, row.paired, formatCount),
        figure(`${place}.meanOverlap`, row.meanOverlap, formatSimilarity),
        figure(`${place}.maxScoreDifference`, row.maxScoreDifference, formatScore),
        figure(`${place}.agreement`, row.agreement, formatRatio),
      ];
    }),
  );
}
