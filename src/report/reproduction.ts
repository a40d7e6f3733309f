import { formatCount, formatSeconds } from '../progress/format.ts';
import type { Reproduction } from '../reproduction/reproduction.ts';
import { bulletList, definitions, figure, number, section, table, words } from './components.ts';
import { type Html, html, truncate } from './html.ts';

const verdicts: Readonly<Record<Reproduction['verdict'], string>> = {
  reproduces: 'Yes: the code makes the descriptors that were submitted.',
  close: 'Nearly: what the code makes is close to what was submitted.',
  differs:
    'No: the code makes other descriptors than were submitted. Expect the subset’s score to differ from the full one.',
};

/** Similarities differ far behind the point. */
const formatCosine = (similarity: number) => similarity.toFixed(5);
const formatRatio = (ratio: number) => ratio.toFixed(3);

/** Whether `main.py` makes the submitted descriptors, with the videos that say otherwise. */
export function reproductionSection(reproduction: Reproduction): Html {
  const { verdict, reasons, worstVideos } = reproduction;
  return section(
    'reproduction',
    'Does the code make the descriptors?',
    html`<p class="answer ${verdict}">${verdicts[verdict]}</p>
${bulletList(reasons)}
${measures(reproduction)}`,
    worstVideos.length > 0 ? worstVideosTable(worstVideos) : undefined,
  );
}

function measures(reproduction: Reproduction): Html {
  const { videos, vectors, dimensions, cosine, lengthRatio, maxTimeDifference } = reproduction;
  const measure = (
    place: string,
    value: number | null | undefined,
    format: (value: number) => string = formatCount,
  ) => figure(`reproduction.${place}`, value, format, 'nothing to compare');
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
    ['Cosine similarity, mean', measure('cosine.mean', cosine?.mean, formatCosine)],
    ['Cosine similarity, least', measure('cosine.min', cosine?.min, formatCosine)],
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
        figure(`${place}.meanCosine`, meanCosine, formatCosine),
        figure(`${place}.agreement`, agreement, formatRatio),
      ];
    }),
  );
}
