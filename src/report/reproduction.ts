import type { Reproduction } from '../reproduction/reproduction.ts';
import { figure, figureOr, formatCount, formatSeconds, section, table } from './components.ts';
import { brief, type Html, html } from './html.ts';

const verdicts: Readonly<Record<Reproduction['verdict'], string>> = {
  reproduces: 'Yes: the code makes the descriptors that were submitted.',
  close: 'Nearly: what the code makes is close to what was submitted.',
  differs:
    'No: the code makes other descriptors than were submitted. Expect the subset’s score to differ from the full one.',
};

/** Whether `main.py` makes the submitted descriptors, with the videos that say otherwise. */
export function reproduced(reproduction: Reproduction): Html {
  const { verdict, reasons, worstVideos } = reproduction;
  return section(
    'reproduction',
    'Does the code make the descriptors?',
    html`<p class="answer ${verdict}">${verdicts[verdict]}</p>
${reasons.length > 0 && html`<ul class="next">${reasons.map((reason) => html`<li>${brief(reason)}</li>`)}</ul>`}
${measures(reproduction)}`,
    worstVideos.length > 0 ? worst(reproduction) : undefined,
  );
}

type Measure = readonly [name: string, value: Html];

function measures(reproduction: Reproduction): Html {
  const { videos, vectors, dimensions, cosine, lengthRatio, maxTimeDifference } = reproduction;
  const unknown = 'nothing to compare';
  const count = (place: string, value: number) =>
    figure(`reproduction.${place}`, value, formatCount);
  const measured = (
    place: string,
    value: number | null | undefined,
    format: (value: number) => string,
  ) => figureOr(unknown, `reproduction.${place}`, value, format);
  const rows: Measure[] = [
    ['Videos in both', count('videos.both', videos.both)],
    ['Videos only submitted', count('videos.onlySubmitted', videos.onlySubmitted)],
    ['Videos only made', count('videos.onlyMade', videos.onlyMade)],
    ['Vectors submitted', count('vectors.submitted', vectors.submitted)],
    ['Vectors made', count('vectors.made', vectors.made)],
    ['Of the same moment', count('vectors.matched', vectors.matched)],
    ['Dimensions submitted', count('dimensions.submitted', dimensions.submitted)],
    ['Dimensions made', count('dimensions.made', dimensions.made)],
    ['Cosine similarity, mean', measured('cosine.mean', cosine?.mean, exact)],
    ['Cosine similarity, least', measured('cosine.min', cosine?.min, exact)],
    [
      'Length, made ÷ submitted',
      lengthRatio === null
        ? html`<span class="none">${unknown}</span>`
        : html`${measured('lengthRatio.min', lengthRatio.min, ratio)} to ${measured('lengthRatio.max', lengthRatio.max, ratio)}`,
    ],
    ['Timestamps differ by up to', measured('maxTimeDifference', maxTimeDifference, formatSeconds)],
  ];
  return html`<dl class="amounts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}

const numeric = true;

function worst({ worstVideos }: Reproduction): Html {
  return table(
    'The videos that agree least',
    [
      { title: 'Video' },
      { title: 'Submitted', numeric },
      { title: 'Made', numeric },
      { title: 'Same moment', numeric },
      { title: 'Mean cosine', numeric },
      { title: 'Agreement', numeric },
    ],
    worstVideos.map(({ video, submitted, made, matched, meanCosine, agreement }, index) => {
      const row = `reproduction.worstVideos.${index}`;
      return [
        html`<code>${brief(video)}</code>`,
        figure(`${row}.submitted`, submitted, formatCount),
        figure(`${row}.made`, made, formatCount),
        figure(`${row}.matched`, matched, formatCount),
        figureOr('none', `${row}.meanCosine`, meanCosine, exact),
        figure(`${row}.agreement`, agreement, ratio),
      ];
    }),
  );
}

/** Similarities differ far behind the point. */
function exact(similarity: number): string {
  return similarity.toFixed(5);
}

function ratio(value: number): string {
  return value.toFixed(3);
}
