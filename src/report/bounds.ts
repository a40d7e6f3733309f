import type { Finding } from '../errors.ts';
import { shortened } from '../progress/visible.ts';
import type { ReportModel } from './model.ts';

/** Most findings that a report lists, and characters of a text in one: a page, not a dump. */
const maxFindings = 100;
const maxFindingText = 1000;

/** Characters that say how many were cut off. */
const cutNote = 50;

/** A report with no more findings than it may list, errors before warnings, and the others' number. */
export function bounded(model: ReportModel): ReportModel {
  const { findings, moreFindings = 0 } = model;
  const ofSeverity = (wanted: Finding['severity']) =>
    findings.filter(({ severity }) => severity === wanted);
  const listed = [...ofSeverity('error'), ...ofSeverity('warning')].slice(0, maxFindings);
  const more = moreFindings + findings.length - listed.length;
  return {
    ...model,
    findings: listed.map(withShortTexts),
    ...(more > 0 && { moreFindings: more }),
  };
}

function withShortTexts(finding: Finding): Finding {
  const { file, message, fix } = finding;
  const short = (text: string) =>
    text.length <= maxFindingText ? text : shortened(text, maxFindingText - cutNote);
  return {
    ...finding,
    file: short(file),
    message: short(message),
    ...(fix !== undefined && { fix: short(fix) }),
  };
}
