import type { Finding } from '../errors.ts';
import { formatCount, formatSeconds } from '../progress/format.ts';
import type {
  MatchScore,
  MatchSubmissionScore,
  RankingScore,
  SubmissionScore,
} from '../scoring/score.ts';
import { bulletList, figure, formatPercent, formatShare } from './components.ts';
import { type Html, html, truncate } from './html.ts';
import type { ReportModel, Verdict } from './model.ts';

/** The verdict in a few words; also the page's title. */
export const verdictWords: Readonly<Record<Verdict['kind'], string>> = {
  ok: 'The submission runs',
  failed: 'The submission failed',
  invalid: 'The submission is invalid',
};

/** The report in a line, for a terminal. */
export function reportLine({
  verdict,
  score,
  matchScore,
  dataset,
  startedAt,
}: ReportModel): string {
  const scored = [
    score && inLine('µAP', score, (set) => set.microAveragePrecision),
    matchScore && inLine('segment AP', matchScore, (set) => set.segmentAveragePrecision),
  ].filter((one) => one !== undefined);
  return `${verdictWords[verdict.kind]} on ${truncate(dataset)}${scored.join('')} (${startedAt}).`;
}

function inLine<Score>(
  name: string,
  { full, subset }: { readonly full: Score; readonly subset?: Score },
  of: (score: Score) => number,
): string {
  const ofSubset = subset ? ` full, ${formatShare(of(subset))} subset` : '';
  return `, ${name} ${formatShare(of(full))}${ofSubset}`;
}

/** The top of the page: what came of it, and the numbers that everybody looks for. */
export function headline(model: ReportModel): Html {
  const { verdict, findings, containerSeconds, smoke } = model;
  const failure = verdict.kind === 'ok' ? undefined : verdict;
  return html`<header class="${verdict.kind}">
<p class="track">${truncate(model.track)}</p>
<h1>${verdictWords[verdict.kind]}</h1>
<p class="when">${truncate(model.dataset)} data, ${timeInWords(model.startedAt)}${
    containerSeconds !== undefined &&
    html`, ${figure('containerSeconds', containerSeconds, formatSeconds)} in the container`
  }</p>
${smoke && html`<p class="reason">A smoke test, no full rehearsal: ${figure('smoke.queries', smoke.queries, formatCount)} of the ${figure('smoke.of', smoke.of, formatCount)} queries of the subset.</p>`}
${failure && html`<p class="reason">${truncate(failure.reason)}</p>`}
${!failure && keyFigures(model)}
${findings.length > 0 && html`<ul class="findings">${findings.map(findingItem)}</ul>`}
${model.moreFindings !== undefined && html`<p class="more">and ${figure('moreFindings', model.moreFindings, formatCount)} more</p>`}
${failure?.next && bulletList(failure.next)}
</header>
`;
}

/** `2026-11-22 14:05 UTC`; the model's time is ISO 8601. */
function timeInWords(iso: string): string {
  const [date = iso, time = ''] = iso.split('T');
  return iso.endsWith('Z') ? `${date} ${time.slice(0, 5)} UTC` : iso;
}

function keyFigures(model: ReportModel): Html {
  const { pace, matchScore, counts } = model;
  const isOfMatches = matchScore !== undefined || counts.fullMatches !== undefined;
  return html`<dl class="figures">
${isOfMatches ? matchFigures(model) : rankingFigures(model)}
${pace && secondsPerQuery(pace)}
</dl>`;
}

/** Why there is no score. */
function whyUnscored({ dataset, smoke }: ReportModel): string {
  if (smoke !== undefined) return 'a smoke test is not scored';
  return `${truncate(dataset)} came without ground truth`;
}

function rankingFigures(model: ReportModel): Html {
  const { score } = model;
  return html`${averagePrecision('full', score?.full, whyUnscored(model))}
${
  score &&
  html`${averagePrecision('subset', score.subset, 'no ground truth for the subset')}
${recall(score)}`
}`;
}

function matchFigures(model: ReportModel): Html {
  const { matchScore } = model;
  return html`${segmentPrecision('full', matchScore?.full, whyUnscored(model))}
${
  matchScore &&
  html`${segmentPrecision('subset', matchScore.subset, 'no ground truth for the subset')}
${pairwisePrecision(matchScore)}`
}`;
}

function segmentPrecision(
  name: keyof MatchSubmissionScore,
  score: MatchScore | undefined,
  whyNone: string,
): Html {
  const place = `matchScore.${name}`;
  return html`<div class="${name}"><dt>Segment <abbr title="average precision">AP</abbr>, ${name}</dt><dd>${figure(`${place}.segmentAveragePrecision`, score?.segmentAveragePrecision, formatShare, 'no score')}</dd><dd class="note">${
    score
      ? html`${figure(`${place}.foundSegments`, score.foundSegments, formatCount)} of ${figure(`${place}.truth.segments`, score.truth.segments, formatCount)} true segments found`
      : whyNone
  }</dd></div>`;
}

function pairwisePrecision({ full, subset }: MatchSubmissionScore): Html {
  const at = 'microAveragePrecision';
  return html`<div><dt>Pairwise <abbr title="micro-average precision">µAP</abbr></dt><dd>${figure(`matchScore.full.${at}`, full[at], formatShare)}</dd>${
    subset &&
    html`<dd class="note">subset ${figure(`matchScore.subset.${at}`, subset[at], formatShare)}</dd>`
  }</div>`;
}

function averagePrecision(
  name: keyof SubmissionScore,
  score: RankingScore | undefined,
  whyNone: string,
): Html {
  const place = `score.${name}`;
  return html`<div class="${name}"><dt><abbr title="micro-average precision">µAP</abbr>, ${name}</dt><dd>${figure(`${place}.microAveragePrecision`, score?.microAveragePrecision, formatShare, 'no score')}</dd><dd class="note">${
    score
      ? html`${figure(`${place}.found`, score.found, formatCount)} of ${figure(`${place}.truePairs`, score.truePairs, formatCount)} true pairs among the ranked`
      : whyNone
  }</dd></div>`;
}

function recall({ full, subset }: SubmissionScore): Html {
  const at = 'recallAtPrecision90';
  return html`<div><dt>Recall at 90 % precision</dt><dd>${figure(`score.full.${at}`, full[at], formatPercent)}</dd>${
    subset &&
    html`<dd class="note">subset ${figure(`score.subset.${at}`, subset[at], formatPercent)}</dd>`
  }</div>`;
}

function secondsPerQuery({ secondsPerQuery, limit }: NonNullable<ReportModel['pace']>): Html {
  const over = secondsPerQuery > limit;
  return html`<div class="${over && 'over'}"><dt>Seconds per query</dt><dd>${figure('pace.secondsPerQuery', secondsPerQuery, (value) => value.toFixed(2))}</dd><dd class="note">${over ? 'over' : 'within'} the limit of ${figure('pace.limit', limit, String)}</dd></div>`;
}

function findingItem({ severity, file, message, rule, index, fix }: Finding): Html {
  return html`<li class="${severity}"><strong>${severity}</strong> <code>${truncate(file)}</code> ${truncate(message)} <span class="rule">${truncate(rule)}${index !== undefined && `, index ${index}`}</span>${fix !== undefined && html`<br><span class="fix">${truncate(fix)}</span>`}</li>\n`;
}
