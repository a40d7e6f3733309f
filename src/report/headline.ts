import type { Finding } from '../errors.ts';
import {
  figure,
  figureOr,
  formatCount,
  formatPercent,
  formatSeconds,
  formatShare,
} from './components.ts';
import { brief, type Html, html, visible } from './html.ts';
import type { ReportModel, Verdict } from './model.ts';

/** The verdict in a few words; also the page's title. */
export function verdictWords(verdict: Verdict): string {
  if (verdict.kind === 'ok') return 'The submission runs';
  return verdict.kind === 'failed' ? 'The submission failed' : 'The submission is invalid';
}

/** The top of the page: what came of it, and the numbers that everybody looks for. */
export function headline(model: ReportModel): Html {
  const { verdict } = model;
  return html`<header class="${verdict.kind}">
<p class="track">${brief(model.track)}</p>
<h1>${verdictWords(verdict)}</h1>
<p class="when">${brief(model.dataset)} data, ${when(model.startedAt)}${
    model.containerSeconds !== undefined &&
    html`, ${figure('containerSeconds', model.containerSeconds, formatSeconds)} in the container`
  }</p>
${reason(verdict)}
${verdict.kind === 'ok' && keyFigures(model)}
${model.findings.length > 0 && findingList(model.findings)}
${nextSteps(verdict)}
</header>
`;
}

/** `2026-11-22 14:05 UTC`; the model's time is ISO 8601. */
function when(iso: string): string {
  const [date = iso, time = ''] = iso.split('T');
  return iso.endsWith('Z') ? `${date} ${time.slice(0, 5)} UTC` : iso;
}

function reason(verdict: Verdict): Html | undefined {
  if (verdict.kind === 'ok') return undefined;
  return html`<p class="reason">${brief(verdict.reason)}</p>`;
}

function nextSteps(verdict: Verdict): Html | undefined {
  if (verdict.kind === 'ok' || !verdict.next?.length) return undefined;
  return html`<ul class="next">${verdict.next.map((line) => html`<li>${brief(line)}</li>`)}</ul>`;
}

function findingList(findings: readonly Finding[]): Html {
  return html`<ul class="findings">${findings.map(
    ({ severity, file, message, rule, index, fix }) =>
      html`<li class="${severity}"><strong>${severity}</strong> <code>${brief(file)}</code> ${brief(message)} <span class="rule">${brief(rule)}${index !== undefined && `, index ${index}`}</span>${fix !== undefined && html`<br><span class="fix">${brief(fix)}</span>`}</li>\n`,
  )}</ul>`;
}

function keyFigures({ score, pace, dataset }: ReportModel): Html {
  const none = `${brief(dataset)} came without ground truth`;
  const ap = html`<abbr title="micro-average precision">µAP</abbr>`;
  return html`<dl class="figures">
<div class="full"><dt>${ap}, full</dt><dd>${figureOr('no score', 'score.full.microAveragePrecision', score?.full.microAveragePrecision, formatShare)}</dd><dd class="note">${
    score ? found('full', score.full) : none
  }</dd></div>
${
  score &&
  html`<div class="subset"><dt>${ap}, subset</dt><dd>${figureOr('no score', 'score.subset.microAveragePrecision', score.subset?.microAveragePrecision, formatShare)}</dd><dd class="note">${
    score.subset ? found('subset', score.subset) : 'no ground truth for the subset'
  }</dd></div>
<div><dt>Recall at 90 % precision</dt><dd>${figure('score.full.recallAtPrecision90', score.full.recallAtPrecision90, formatPercent)}</dd>${
    score.subset &&
    html`<dd class="note">subset ${figure('score.subset.recallAtPrecision90', score.subset.recallAtPrecision90, formatPercent)}</dd>`
  }</div>`
}
${
  pace &&
  html`<div class="${pace.secondsPerQuery > pace.limit ? 'over' : ''}"><dt>Seconds per query</dt><dd>${figure('pace.secondsPerQuery', pace.secondsPerQuery, (value) => value.toFixed(2))}</dd><dd class="note">${
    pace.secondsPerQuery > pace.limit ? 'over' : 'within'
  } the limit of ${figure('pace.limit', pace.limit, String)}</dd></div>`
}
</dl>`;
}

function found(
  name: 'full' | 'subset',
  { found, truePairs }: { readonly found: number; readonly truePairs: number },
): Html {
  return html`${figure(`score.${name}.found`, found, formatCount)} of ${figure(`score.${name}.truePairs`, truePairs, formatCount)} true pairs among the ranked`;
}

/** The report in a line, for a terminal. */
export function reportLine({ verdict, score, dataset, startedAt }: ReportModel): string {
  const scored = score
    ? `, µAP ${formatShare(score.full.microAveragePrecision)}${
        score.subset ? ` full, ${formatShare(score.subset.microAveragePrecision)} subset` : ''
      }`
    : '';
  return `${verdictWords(verdict)} on ${visible(dataset)}${scored} (${startedAt}).`;
}
