import type { Finding } from '../errors.ts';
import { shortened } from '../progress/visible.ts';
import type { MatchScore } from '../scoring/score.ts';
import { matchBounds } from './match-bounds.ts';
import type { ReportModel } from './model.ts';

/** Most findings that a report lists, and characters of a text in one: a page, not a dump. */
const maxFindings = 100;
const maxFindingText = 1000;

/** Characters that say how many were cut off. */
const cutNote = 50;

/**
 * A report with no more findings than it may list, errors before warnings, and the others' number; of a
 * score of matches what belongs on a page.
 */
export function bounded(model: ReportModel): ReportModel {
  const { findings, moreFindings = 0, matchScore } = model;
  const ofSeverity = (wanted: Finding['severity']) =>
    findings.filter(({ severity }) => severity === wanted);
  const listed = [...ofSeverity('error'), ...ofSeverity('warning')].slice(0, maxFindings);
  const more = moreFindings + findings.length - listed.length;
  return {
    ...model,
    findings: listed.map(withShortTexts),
    ...(more > 0 && { moreFindings: more }),
    ...(matchScore && {
      matchScore: {
        full: boundedMatches(matchScore.full),
        ...(matchScore.subset && { subset: boundedMatches(matchScore.subset) }),
      },
    }),
  };
}

function boundedMatches(score: MatchScore): MatchScore {
  const { points, listed, segments } = matchBounds;
  const { recall, precision, score: scores } = score.curve;
  return {
    ...score,
    curve: {
      recall: recall.slice(0, points),
      precision: precision.slice(0, points),
      score: scores.slice(0, points),
    },
    worstPairs: score.worstPairs.slice(0, listed).map((pair) => ({
      ...pair,
      truth: pair.truth.slice(0, segments),
      predicted: pair.predicted.slice(0, segments),
    })),
    falseSegments: score.falseSegments.slice(0, listed),
    warnings: score.warnings.slice(0, listed).map(short),
  };
}

function withShortTexts(finding: Finding): Finding {
  const { file, message, fix } = finding;
  return {
    ...finding,
    file: short(file),
    message: short(message),
    ...(fix !== undefined && { fix: short(fix) }),
  };
}

function short(text: string): string {
  return text.length <= maxFindingText ? text : shortened(text, maxFindingText - cutNote);
}
