import { figure, figureOr, formatCount, section, table } from './figures.ts';
import { type Html, html } from './html.ts';
import type { Reproduction } from './model.ts';
import { brief } from './text.ts';

const verdicts: Readonly<Record<Reproduction['verdict'], string>> = {
  reproduces: 'Yes: the code makes the descriptors that were submitted.',
  close: 'Nearly: what the code makes is close to what was submitted.',
  differs:
    'No: the code makes other descriptors than were submitted. The subset’s score will differ from the full one.',
};

const numeric = true;

/** Whether `main.py` makes the submitted descriptors, with the videos that say otherwise. */
export function reproduced(reproduction: Reproduction): Html {
  const { verdict, videos, submittedDescriptors, madeDescriptors, worst } = reproduction;
  const place = (key: keyof Reproduction) => `reproduction.${key}`;
  const similarity = (key: 'minSimilarity' | 'meanSimilarity') =>
    figureOr('unknown', place(key), reproduction[key], exact);
  return section(
    'reproduction',
    'Does the code make the descriptors?',
    html`<p class="answer ${verdict}">${verdicts[verdict]}</p>
<dl class="amounts">
<div><dt>Videos compared</dt><dd>${figure(place('videos'), videos, formatCount)}</dd></div>
<div><dt>Descriptors submitted</dt><dd>${figure(place('submittedDescriptors'), submittedDescriptors, formatCount)}</dd></div>
<div><dt>Descriptors made</dt><dd>${figure(place('madeDescriptors'), madeDescriptors, formatCount)}</dd></div>
<div><dt>Cosine similarity, mean</dt><dd>${similarity('meanSimilarity')}</dd></div>
<div><dt>Cosine similarity, least</dt><dd>${similarity('minSimilarity')}</dd></div>
</dl>`,
    worst.length > 0 ? worstVideos(reproduction) : undefined,
  );
}

function worstVideos({ worst }: Reproduction): Html {
  return table(
    'The videos that are least alike',
    [
      { title: 'Video' },
      { title: 'Submitted', numeric },
      { title: 'Made', numeric },
      { title: 'Least similarity', numeric },
      { title: 'Remark' },
    ],
    worst.map(({ video, submitted, made, minSimilarity, remark }, index) => {
      const row = `reproduction.worst.${index}`;
      return [
        html`<code>${brief(video)}</code>`,
        figure(`${row}.submitted`, submitted, formatCount),
        figure(`${row}.made`, made, formatCount),
        figureOr('none', `${row}.minSimilarity`, minSimilarity, exact),
        brief(remark ?? ''),
      ];
    }),
  );
}

/** Similarities differ far behind the point. */
function exact(similarity: number): string {
  return similarity.toFixed(6);
}
