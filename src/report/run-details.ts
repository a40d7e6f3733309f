import { definitions, section, table, words } from './components.ts';
import { type Html, html, plainLog, truncate } from './html.ts';
import type { LogTail, ReportModel } from './model.ts';

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
