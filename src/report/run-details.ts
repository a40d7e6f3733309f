import { section, table } from './components.ts';
import { brief, type Html, html, plainLog } from './html.ts';
import type { LogTail, ReportModel } from './model.ts';

/** What exactly ran, and how it was set. */
export function provenance({ settings, digests, versions }: ReportModel): Html {
  const code = (text: string) => html`<code>${brief(text)}</code>`;
  return html`${
    settings.length > 0 &&
    section(
      'settings',
      'Settings',
      table(
        'Each setting and what set it',
        [{ title: 'Setting' }, { title: 'Value' }, { title: 'Set by' }],
        settings.map(({ name, value, source }) => [code(name), code(value), brief(source)]),
      ),
    )
  }${
    digests.length > 0 &&
    section(
      'digests',
      'What ran',
      table(
        'The digests of what ran',
        [{ title: 'What' }, { title: 'Digest' }],
        digests.map(({ name, digest, detail }) => [
          brief(name),
          html`<code class="digest">${brief(digest)}</code>${detail !== undefined && html`<br>${brief(detail)}`}`,
        ]),
      ),
    )
  }${
    versions.length > 0 &&
    section(
      'versions',
      'Versions',
      html`<dl class="amounts">${versions.map(
        ({ name, version }) => html`<div><dt>${brief(name)}</dt><dd>${brief(version)}</dd></div>\n`,
      )}</dl>`,
    )
  }`;
}

/** The end of the log, as a terminal would have left it. */
export function logTail({ file, text, complete }: LogTail): Html {
  const shown = plainLog(text);
  return section(
    'log',
    complete ? 'Log' : 'End of the log',
    html`<p class="lead">${complete ? 'All' : 'The last lines'} of <code>${brief(file)}</code>.</p>
${shown === '' ? html`<p class="none">It is empty.</p>` : html`<div class="log" tabindex="0" role="region" aria-label="Log"><pre>${shown}</pre></div>`}`,
  );
}
