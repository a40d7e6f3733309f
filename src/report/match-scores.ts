import { endsOf, type Frames, segmentToShow } from '../frames/frames.ts';
import { formatCount } from '../progress/format.ts';
import type {
  MatchScore,
  MatchSubmissionScore,
  PairLoss,
  RankedSegment,
  SegmentTimes,
} from '../scoring/score.ts';
import {
  bulletList,
  details,
  figure,
  formatPercent,
  formatScore,
  formatShare,
  number,
  section,
  table,
  words,
} from './components.ts';
import { type Curve, drawnCurves, endOf } from './curves.ts';
import { formatTime, notesOf, segmentCell, segmentFinder, videoCell } from './frames.ts';
import { type Content, type Html, html, truncate } from './html.ts';
import { pairKey, pairPlot } from './pair-plot.ts';

type Set = keyof MatchSubmissionScore;

/** How many pairs are shown at once; the others are folded away. */
const shownPairs = 6;

/** What a score of matches is made of, and where it could rise. */
export function matchScoreSections(score: MatchSubmissionScore, frames?: Frames): Html {
  const { full, subset } = score;
  const ofSubset = (content: Html) => details('The same in the subset', content);
  return html`${section('curves', 'Precision and recall of segments', warnings(score), curves(score))}${section(
    'found',
    'What was found',
    foundTable(score),
  )}${section(
    'pairs',
    'Worst pairs',
    html`<p class="lead">By how much the segment AP would rise if the pair’s segments were the true ones, ranked first. Query time goes across, reference time down.</p>`,
    frames && notesOf(frames),
    full.worstPairs.length > 0 && pairKey(),
    worstPairs('full', full, frames),
    subset && ofSubset(worstPairs('subset', subset)),
  )}${section(
    'false-segments',
    'False segments with the highest scores',
    html`<p class="lead">They share no area with a true segment of their pair, yet rank before true ones.</p>`,
    falseSegments('full', full.falseSegments, frames),
    subset && ofSubset(falseSegments('subset', subset.falseSegments)),
  )}`;
}

function warnings({ full, subset }: MatchSubmissionScore): Html | false {
  const more = subset?.warnings.filter((warning) => !full.warnings.includes(warning)) ?? [];
  return bulletList([...full.warnings, ...more.map((warning) => `In the subset: ${warning}`)]);
}

function curves({ full, subset }: MatchSubmissionScore): Html {
  const both = [curve('full', full), ...(subset ? [curve('subset', subset)] : [])];
  const drawn = both.filter(({ found, recall }) => found > 0 && recall.length > 0);
  if (drawn.length === 0) {
    return html`<p class="none">No true segment was found: there is no curve to draw.</p>`;
  }
  return drawnCurves(drawn, {
    name: 'Precision and recall of segments',
    isFilled: true,
    note: 'The area below the steps is the segment AP.',
  });
}

function curve(name: Set, { foundSegments, curve, segmentAveragePrecision }: MatchScore): Curve {
  const { recall, precision } = curve;
  const title = `${name} matches`;
  const description = `The ${title} have a segment AP of ${formatShare(segmentAveragePrecision)} and ${endOf(curve)}.`;
  return { name, title, description, recall, precision, found: foundSegments };
}

function foundTable({ full, subset }: MatchSubmissionScore): Html {
  const sets = [['full', full] as const, ...(subset ? [['subset', subset] as const] : [])];
  const row = (title: string, cell: (set: MatchScore, place: string) => Content) => [
    title,
    ...sets.map(([name, set]) => cell(set, `matchScore.${name}`)),
  ];
  return table(
    'Numbers of segments and pairs, and the share of the true seconds that is found',
    [words('What'), ...sets.map(([name]) => number(name))],
    [
      row('True segments', ({ truth, foundSegments }, place) =>
        found(
          [`${place}.foundSegments`, foundSegments],
          [`${place}.truth.segments`, truth.segments],
        ),
      ),
      row('True pairs', ({ truth, foundPairs }, place) =>
        found([`${place}.foundPairs`, foundPairs], [`${place}.truth.pairs`, truth.pairs]),
      ),
      row('Seconds of queries', ({ recall }, place) =>
        figure(`${place}.recall.query`, recall.query, formatPercent),
      ),
      row('Seconds of references', ({ recall }, place) =>
        figure(`${place}.recall.reference`, recall.reference, formatPercent),
      ),
      row('Predicted segments', ({ segments }, place) =>
        figure(`${place}.segments`, segments, formatCount),
      ),
      row('Predicted pairs', ({ pairs }, place) => figure(`${place}.pairs`, pairs, formatCount)),
    ],
  );
}

/** `12 of 20`, each by its place. */
function found(...parts: readonly (readonly [place: string, value: number])[]): Html {
  const [part, whole] = parts.map(([place, value]) => figure(place, value, formatCount));
  return html`${part} of ${whole}`;
}

function worstPairs(name: Set, { worstPairs }: MatchScore, frames?: Frames): Html {
  if (worstPairs.length === 0) return html`<p class="none">No pair loses anything.</p>`;
  const cards = worstPairs.map((pair, at) =>
    pairCard(pair, `matchScore.${name}.worstPairs.${at}`, frames),
  );
  const grid = (some: readonly Html[]) => html`<div class="pair">${some}</div>`;
  const others = cards.slice(shownPairs);
  return html`${grid(cards.slice(0, shownPairs))}${others.length > 0 && details(`${others.length} more pairs`, grid(others))}`;
}

function pairCard(pair: PairLoss, place: string, frames: Frames | undefined): Html {
  const { query, reference, loss, trueSegments, segments } = pair;
  const listed = pair.truth.length + pair.predicted.length;
  return html`<figure><h3><code>${truncate(query)}</code> in <code>${truncate(reference)}</code></h3>
<p class="note">loss ${figure(`${place}.loss`, loss, formatShare)}; segments: ${figure(`${place}.trueSegments`, trueSegments, formatCount)} true, ${figure(`${place}.segments`, segments, formatCount)} predicted</p>
${listed > 0 && pairPlot(pair)}${listed > 0 && details('Its segments as a table', segmentTable(pair, place))}${pairFrames(pair, frames)}</figure>
`;
}

function segmentTable({ query, reference, truth, predicted, ...pair }: PairLoss, place: string) {
  const rows = [
    ...truth.map((segment, at) => ['true', ...spans(segment, `${place}.truth.${at}`), '']),
    ...predicted.map((segment, at) => [
      'predicted',
      ...spans(segment, `${place}.predicted.${at}`),
      figure(`${place}.predicted.${at}.score`, segment.score, formatScore),
    ]),
  ];
  const left = pair.trueSegments + pair.segments - rows.length;
  const caption = `Segments of ${truncate(query)} in ${truncate(reference)}`;
  return html`${table(caption, [words('Kind'), ...['Query', 'Reference', 'Score'].map(number)], rows)}${left > 0 && html`<p class="none">and ${formatCount(left)} more</p>`}`;
}

/** From when to when, on each axis. */
function spans(segment: SegmentTimes, place: string): readonly [query: Html, reference: Html] {
  const time = (key: keyof SegmentTimes) => figure(`${place}.${key}`, segment[key], formatTime);
  return [
    html`${time('queryStart')} – ${time('queryEnd')}`,
    html`${time('referenceStart')} – ${time('referenceEnd')}`,
  ];
}

/** How one of a pair's segments begins and ends in both videos; nothing where that was not looked at. */
function pairFrames(pair: PairLoss, frames: Frames | undefined): Html | false {
  const segment = segmentToShow(pair);
  if (segment === undefined) return false;
  const { query, reference, truth } = pair;
  const momentsOf = segmentFinder(frames);
  const moments = endsOf(segment).map((seconds) => momentsOf(query, reference, seconds));
  if (moments.every((moment) => moment === undefined)) return false;
  const kind = truth.length > 0 ? 'longest true' : 'best predicted';
  return table(
    `Where the ${kind} segment of ${truncate(query)} in ${truncate(reference)} begins and ends`,
    ['Moment', 'Query', 'Reference'].map(words),
    moments.map((moment, at) => [
      at === 0 ? 'begins' : 'ends',
      videoCell(query, moment?.queryMoment),
      videoCell(reference, moment?.referenceMoment),
    ]),
  );
}

function falseSegments(name: Set, segments: readonly RankedSegment[], frames?: Frames): Html {
  if (segments.length === 0) return html`<p class="none">There is no false segment.</p>`;
  const momentsOf = segmentFinder(frames);
  return table(
    `False segments of the ${name} matches, best first`,
    [number('Rank'), words('Query'), words('Reference'), number('Score')],
    segments.map((segment, at) => {
      const { query, reference, rank, score } = segment;
      const place = `matchScore.${name}.falseSegments.${at}`;
      const moments = endsOf(segment).flatMap(
        (seconds) => momentsOf(query, reference, seconds) ?? [],
      );
      const [ofQuery, ofReference] = spans(segment, place);
      return [
        figure(`${place}.rank`, rank, formatCount),
        segmentCell(
          query,
          ofQuery,
          moments.map(({ queryMoment }) => queryMoment),
        ),
        segmentCell(
          reference,
          ofReference,
          moments.map(({ referenceMoment }) => referenceMoment),
        ),
        figure(`${place}.score`, score, formatScore),
      ];
    }),
  );
}
