import * as v from 'valibot';
import type { MatchReproduction } from '../reproduction/reproduction.ts';
import type { MatchSubmissionScore } from '../scoring/score.ts';
import { matchBounds } from './match-bounds.ts';
import { few, number, optional, text } from './model-fields.ts';

const times = {
  queryStart: number,
  queryEnd: number,
  referenceStart: number,
  referenceEnd: number,
};

const matchCurve = few(number, matchBounds.points);

const matchScoreOfSet = v.object({
  segmentAveragePrecision: number,
  microAveragePrecision: number,
  segments: number,
  pairs: number,
  truth: v.object({ segments: number, pairs: number }),
  foundPairs: number,
  foundSegments: number,
  recall: v.object({ query: number, reference: number }),
  curve: v.object({ recall: matchCurve, precision: matchCurve, score: matchCurve }),
  worstPairs: few(
    v.object({
      query: text,
      reference: text,
      loss: number,
      trueSegments: number,
      segments: number,
      truth: few(v.object(times), matchBounds.segments),
      predicted: few(v.object({ ...times, score: number }), matchBounds.segments),
    }),
    matchBounds.listed,
  ),
  falseSegments: few(
    v.object({ query: text, reference: text, ...times, score: number, rank: number }),
    matchBounds.listed,
  ),
  warnings: few(text, matchBounds.listed),
});

/** The score of matches, as `report.json` has it. */
export const matchScore = v.object({
  full: matchScoreOfSet,
  subset: optional(matchScoreOfSet),
}) satisfies v.GenericSchema<unknown, MatchSubmissionScore>;

/** Most queries that a comparison of matches lists, and reasons that it gives. */
const maxQueries = 10;

/** Whether the code makes the submitted matches, as `report.json` has it. */
export const matchReproduction = v.object({
  verdict: v.picklist(['reproduces', 'close', 'differs']),
  reasons: v.pipe(v.array(text), v.maxLength(maxQueries)),
  queries: v.object({ both: number, onlySubmitted: number, onlyMade: number }),
  segments: v.object({
    submitted: number,
    made: number,
    paired: number,
    moved: number,
    rescored: number,
  }),
  overlap: v.nullable(v.object({ mean: number, min: number })),
  maxTimeDifference: v.nullable(number),
  maxScoreDifference: v.nullable(number),
  sameOrder: v.nullable(number),
  crowded: number,
  worstQueries: v.pipe(
    v.array(
      v.object({
        query: text,
        submitted: number,
        made: number,
        paired: number,
        meanOverlap: v.nullable(number),
        maxScoreDifference: v.nullable(number),
        agreement: number,
      }),
    ),
    v.maxLength(maxQueries),
  ),
}) satisfies v.GenericSchema<unknown, MatchReproduction>;
