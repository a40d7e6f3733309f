import { formatShare } from './figures.ts';
import { verdictWords } from './headline.ts';
import type { ReportModel } from './model.ts';
import { visible } from './text.ts';

/** The report in a line, for a terminal. */
export function reportLine({ verdict, score, dataset, startedAt }: ReportModel): string {
  const scored = score
    ? `, µAP ${formatShare(score.full.microAveragePrecision)}${
        score.subset ? ` full, ${formatShare(score.subset.microAveragePrecision)} subset` : ''
      }`
    : '';
  return `${verdictWords(verdict)} on ${visible(dataset)}${scored} (${startedAt}).`;
}
