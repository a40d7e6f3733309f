import { headline, verdictWords } from './headline.ts';
import { brief, html, markup } from './html.ts';
import type { ReportModel } from './model.ts';
import { reproduced } from './reproduction.ts';
import { logTail, provenance } from './run-details.ts';
import { scores } from './scores.ts';
import { style } from './style.ts';
import { timing } from './timing.ts';

/** Nothing is loaded and nothing runs, whatever might slip through the escaping. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/**
 * The report as one HTML file without scripts that needs nothing beside itself. All texts of the model
 * are taken for hostile.
 */
export function reportPage(model: ReportModel): string {
  const failed = model.verdict.kind === 'failed';
  const log = model.log && logTail(model.log);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${verdictWords(model.verdict)}: ${brief(model.dataset)}</title>
<link rel="icon" href="data:,">
<style>${markup(style)}</style>
</head>
<body>
<main>
${headline(model)}
${failed && log}
${timing(model)}
${model.score && scores(model.score)}
${model.reproduction && reproduced(model.reproduction)}
${provenance(model)}
${!failed && log}
</main>
<footer>Made by vsc from <code>report.json</code> beside this page; <code>vsc report</code> makes it again.</footer>
</body>
</html>
`.text;
}
