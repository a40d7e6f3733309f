import { bounded } from './bounds.ts';
import { headline, verdictWords } from './headline.ts';
import { Html, html, truncate } from './html.ts';
import { matchScoreSections } from './match-scores.ts';
import type { ReportModel } from './model.ts';
import { matchReproductionSection, reproductionSection } from './reproduction.ts';
import { logTail, runDetails, timing } from './run-details.ts';
import { scoreSections } from './scores.ts';
import { style } from './style.ts';

/** Nothing is loaded and nothing runs, whatever might slip through the escaping. */
const policy = new Html(
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
);

/**
 * The report as one HTML file without scripts that needs nothing beside itself. All texts of the model
 * are taken for hostile.
 */
export function reportPage(given: ReportModel): string {
  const model = bounded(given); // it may be anybody's
  const failed = model.verdict.kind === 'failed';
  const log = model.log && logTail(model.log);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${verdictWords[model.verdict.kind]}: ${truncate(model.dataset)}</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body>
<main>
${headline(model)}
${failed && log}
${timing(model)}
${model.score && scoreSections(model.score, model.frames)}${model.matchScore && matchScoreSections(model.matchScore, model.frames)}
${model.reproduction && reproductionSection(model.reproduction)}
${model.matchReproduction && matchReproductionSection(model.matchReproduction)}
${runDetails(model)}
${!failed && log}
</main>
<footer>Made by vsc from <code>report.json</code> beside this page; <code>vsc report</code> makes it again.</footer>
</body>
</html>
`.text;
}
