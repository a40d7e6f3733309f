import { bounded } from './bounds.ts';
import { htmlDocument } from './document.ts';
import { headline, verdictWords } from './headline.ts';
import { html, truncate } from './html.ts';
import { matchScoreSections } from './match-scores.ts';
import type { ReportModel } from './model.ts';
import { matchReproductionSection, reproductionSection } from './reproduction.ts';
import { logTail, runDetails, timing } from './run-details.ts';
import { scoreSections } from './scores.ts';

/**
 * The report as one HTML file without scripts that needs nothing beside itself. All texts of the model
 * are taken for hostile.
 */
export function reportPage(given: ReportModel): string {
  const model = bounded(given); // it may be anybody's
  const failed = model.verdict.kind === 'failed';
  const log = model.log && logTail(model.log);
  return htmlDocument({
    title: `${verdictWords[model.verdict.kind]}: ${truncate(model.dataset)}`,
    main: html`${headline(model)}
${failed && log}
${timing(model)}
${model.score && scoreSections(model.score, model.frames)}${model.matchScore && matchScoreSections(model.matchScore, model.frames)}
${model.reproduction && reproductionSection(model.reproduction)}
${model.matchReproduction && matchReproductionSection(model.matchReproduction)}
${runDetails(model)}
${!failed && log}`,
    footer: html`Made by vsc from <code>report.json</code> beside this page; <code>vsc report</code> makes it again.`,
  });
}
