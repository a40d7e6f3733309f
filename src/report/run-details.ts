import { formatBytes, formatCount, formatSeconds } from '../progress/format.ts';
import { definitions, figure, section, table, words } from './components.ts';
import { type Html, html, plainLog, truncate } from './html.ts';
import type { Counts, LogTail, ReportModel, Stage } from './model.ts';

/** What exactly ran, and how it was set. */
export function runDetails({ settings, digests, versions }: ReportModel): Html {
  const code = (text: string) => html`<code>${truncate(text)}</code>`;
  const settingsTable = table(
    'Each setting and what set it',
    [words('Setting'), words('Value'), words('Set by')],
    settings.map(({ name, value, source }) => [code(name), code(value), truncate(source)]),
  );
  const digestsTable = table(
    'The digests of what ran',
    [words('What'), words('Digest')],
    digests.map(({ name, digest, detail }) => [
      truncate(name),
      html`<code class="digest">${truncate(digest)}</code>${detail !== undefined && html`<br>${truncate(detail)}`}`,
    ]),
  );
  const versionList = definitions(
    versions.map(({ name, version }) => [truncate(name), truncate(version)]),
  );
  return html`${settings.length > 0 && section('settings', 'Settings', settingsTable)}${
    digests.length > 0 && section('digests', 'What ran', digestsTable)
  }${versions.length > 0 && section('versions', 'Versions', versionList)}`;
}

/** The end of the log, as a terminal would have left it. */
export function logTail({ file, text, complete }: LogTail): Html {
  const shown = plainLog(text);
  return section(
    'log',
    complete ? 'Log' : 'End of the log',
    html`<p class="lead">${complete ? 'All' : 'The last lines'} of <code>${truncate(file)}</code>.</p>
${shown === '' ? html`<p class="none">It is empty.</p>` : html`<div class="log" tabindex="0" role="region" aria-label="Log"><pre>${shown}</pre></div>`}`,
  );
}

/** Where the time went, how fast `main.py` was, and how much there was of everything. */
export function timing(model: ReportModel): Html {
  const { stages, pace } = model;
  return html`${pace && section('pace', 'Pace', paceBar(pace))}${
    stages.length > 0 && section('stages', 'Stages', timeline(model))
  }${amounts(model)}`;
}

/** A bar from `from` to `to`, as shares of its row. Decoration: the numbers stand beside it. */
function bar(from: number, to: number, mark?: number): Html {
  const at = (share: number) => (Math.min(1, Math.max(0, share)) * 1000).toFixed(1);
  const width = Math.max(3, (Math.min(1, to) - Math.max(0, from)) * 1000).toFixed(1);
  const line =
    mark !== undefined &&
    html`<path class="mark" vector-effect="non-scaling-stroke" d="M${at(mark)} 0V10"/>`;
  return html`<svg class="bar" aria-hidden="true" viewBox="0 0 1000 10" preserveAspectRatio="none"><rect class="rail" width="1000" height="10"/><rect class="run" x="${at(from)}" width="${width}" height="10"/>${line}</svg>`;
}

function paceBar(pace: NonNullable<ReportModel['pace']>): Html {
  const { secondsPerQuery, limit, projectedSeconds, allowedSeconds, projectedQueries, search } =
    pace;
  const over = secondsPerQuery > limit;
  const reach = Math.max(limit * 1.1, secondsPerQuery);
  const spare = Math.abs(limit - secondsPerQuery);
  return html`<div class="pace ${over && 'over'}">${bar(0, secondsPerQuery / reach, limit / reach)}
<p><strong>${figure('pace.secondsPerQuery', secondsPerQuery, formatSeconds)} per query</strong>, ${formatSeconds(spare)} ${over ? 'over' : 'below'} the limit of ${figure('pace.limit', limit, String)} s. The organisers’ subset of about ${figure('pace.projectedQueries', projectedQueries, formatCount)} queries would take ${figure('pace.projectedSeconds', projectedSeconds, formatSeconds)} of the ${figure('pace.allowedSeconds', allowedSeconds, formatSeconds)} that they allow.${search && html` The search of ${figure('pace.search.queries', search.queries, formatCount)} × ${figure('pace.search.references', search.references, formatCount)} videos would take ${figure('pace.search.seconds', search.seconds, formatSeconds)} on the same machine.`}</p></div>`;
}

function timeline({ stages, containerSeconds = 0, verdict }: ReportModel): Html {
  const end = Math.max(containerSeconds, ...stages.map(({ start, seconds }) => start + seconds));
  const failed = verdict.kind === 'failed' ? verdict.stage : undefined;
  const row = ({ name, label, start, seconds }: Stage, index: number) =>
    html`<tr class="${name === failed && 'failed'}"><th scope="row">${truncate(label)}${name === failed && ' (failed here)'}</th><td class="lane">${bar(start / (end || 1), (start + seconds) / (end || 1))}</td><td class="number start">${figure(`stages.${index}.start`, start, formatSeconds)}</td><td class="number">${figure(`stages.${index}.seconds`, seconds, formatSeconds)}</td></tr>\n`;
  return html`<table class="timeline"><caption>What ran when: from its start, and for how long</caption>
<thead><tr><th scope="col">Stage</th><th scope="col" class="lane" aria-hidden="true"></th><th scope="col" class="number start">Start</th><th scope="col" class="number">Time</th></tr></thead>
<tbody>
${stages.map(row)}</tbody></table>`;
}

const countNames: Readonly<Record<keyof Counts, string>> = {
  queryDescriptors: 'Query descriptors',
  referenceDescriptors: 'Reference descriptors',
  subsetDescriptors: 'Subset descriptors',
  fullPairs: 'Pairs, full',
  subsetPairs: 'Pairs, subset',
  fullMatches: 'Matches, full',
  subsetMatches: 'Matches, subset',
  subsetQueries: 'Queries in the subset',
};

function amounts({ counts, memory }: ReportModel): Html | false {
  const names = Object.keys(countNames) as (keyof Counts)[];
  const known = names.filter((name) => counts[name] !== undefined);
  const items = known.map(
    (name) =>
      html`<div><dt>${countNames[name]}</dt><dd>${figure(`counts.${name}`, counts[name], formatCount)}</dd></div>\n`,
  );
  if (memory) items.push(peakMemory(memory));
  return items.length > 0 && section('amounts', 'Amounts', html`<dl class="amounts">${items}</dl>`);
}

function peakMemory({ peakBytes, limitBytes }: NonNullable<ReportModel['memory']>): Html {
  const limit =
    limitBytes !== undefined && html` of ${figure('memory.limitBytes', limitBytes, formatBytes)}`;
  return html`<div><dt>Peak memory</dt><dd>${figure('memory.peakBytes', peakBytes, formatBytes)}${limit}</dd></div>`;
}
