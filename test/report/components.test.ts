import { describe, expect, it } from 'vitest';
import { figure, formatScore } from '../../src/report/components.ts';
import { reportLine } from '../../src/report/headline.ts';
import { failedModel, reportModel, without } from '../support/report-model.ts';

describe('a score of any size', () => {
  it.each([
    [0.81234, '0.8123'],
    [-9.99994, '-9.9999'],
    [10, '10.00'],
    [999.994, '999.99'],
    [1000, '1000'],
    [41_230.4, '41230'],
    [0.0001, '0.0001'],
    [-0.00009, '-9.00e-5'],
    [0, '0.0000'],
  ])('%d is %s', (score, shown) => expect(formatScore(score)).toBe(shown));
});

it.each([null, undefined])('a figure of %s is told in words', (value) => {
  expect(figure('a.b', value, String).text).toBe('<span class="none">none</span>');
  expect(figure('a.b', value, String, 'not ranked').text).toContain('not ranked');
  expect(figure('a.b', 0, String).text).toBe('<data value="0" data-figure="a.b">0</data>');
});

describe('the report in a line', () => {
  const { score } = reportModel();
  if (score === undefined) throw new Error('no score');

  it.each([
    [
      reportModel(),
      'The submission runs on train, µAP 0.6569 full, 0.6295 subset (2026-11-22T14:05:09.123Z).',
    ],
    [
      reportModel({ score: { full: score.full }, dataset: 'a\u202eb' }),
      'The submission runs on a\\u202eb, µAP 0.6569 (2026-11-22T14:05:09.123Z).',
    ],
    [
      without(reportModel({ dataset: 'test' }), 'score'),
      'The submission runs on test (2026-11-22T14:05:09.123Z).',
    ],
    [failedModel(), 'The submission failed on train (2026-11-22T14:05:09.123Z).'],
  ])('%#', (model, line) => expect(reportLine(model)).toBe(line));
});
