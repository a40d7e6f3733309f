import { describe, expect, it } from 'vitest';
import { parseReport, type ReportModel } from '../../src/report/model.ts';
import { parsedPage } from '../support/parsed-page.ts';
import { hostileModel, matchReproduction, reportModel, without } from '../support/report-model.ts';

/** The report of a run of the matching track. */
const modelWith = (change: Parameters<typeof matchReproduction>[0] = {}) =>
  without(reportModel({ matchReproduction: matchReproduction(change) }), 'reproduction');

function parsed(model: ReportModel) {
  const { all, text } = parsedPage(model);
  return { all, text: (selector: string) => text(`#match-reproduction ${selector}`) };
}

it('has all that was measured', () => {
  const { all, text } = parsed(modelWith());
  expect(text('h2')).toBe('Does the code make the matches?');
  expect(text('li')).toBe('main.py makes 41 segments, submitted are 42; 41 have a counterpart');
  expect(text('dl div')).toBe(
    [
      'Queries in both13',
      'Queries only submitted1',
      'Queries only made0',
      'Segments submitted42',
      'Segments made41',
      'With a counterpart41',
      'Of these elsewhere2',
      'Of these scored otherwise3',
      'Intersection over union, mean0.98761',
      'Intersection over union, least0.70123',
      'Times differ by up to1.50 s',
      'Scores differ by up to0.0213',
      'Scored in the same order99.5 %',
    ].join(' | '),
  );
  expect(text('thead')).toBe('QuerySubmittedMadeCounterpartsMean overlapScores apartAgreement');
  expect(text('tbody tr')).toBe('Q102001100nonenone0.000 | Q1004173330.831280.02130.831');
  expect(all('#reproduction')).toEqual([]);
});

it('has every figure by its place in the model', () => {
  const model = modelWith();
  const figures = parsed(model).all('#match-reproduction data');
  expect(figures).toHaveLength(13 + 4 + 6);
  for (const node of figures) {
    const place = node.getAttribute('data-figure') ?? '';
    const value = place
      .split('.')
      .reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], model);
    expect([place, node.getAttribute('value')]).toEqual([place, String(value)]);
  }
});

it.each([
  ['reproduces', /^Yes: the code makes the matches that were submitted\.$/],
  ['close', /^Nearly: /],
  ['differs', /^No: the code makes other matches .* Expect the subset’s score to differ/],
] as const)('says of code that %s what that means', (verdict, answer) => {
  const { all, text } = parsed(modelWith({ verdict, reasons: [], worstQueries: [] }));
  expect(text('.answer')).toMatch(answer);
  expect(all(`#match-reproduction .${verdict}`)).toHaveLength(1);
  expect(all('#match-reproduction li, #match-reproduction table')).toEqual([]);
});

it('says that there was nothing to compare', () => {
  const { text } = parsed(
    modelWith({
      verdict: 'reproduces',
      reasons: [],
      queries: { both: 0, onlySubmitted: 0, onlyMade: 0 },
      segments: { submitted: 0, made: 0, paired: 0, moved: 0, rescored: 0 },
      overlap: null,
      maxTimeDifference: null,
      maxScoreDifference: null,
      sameOrder: null,
      worstQueries: [],
    }),
  );
  expect(text('.answer')).toMatch(/no match is submitted, and main\.py makes none/);
  expect(text('dl')).toContain('Intersection over union, meannothing to compare');
});

describe('a report that may be anybody’s', () => {
  it('shows hostile texts without becoming markup', () => {
    const names = (model: ReportModel) => [
      ...new Set(
        parsed(model)
          .all('*')
          .map((node) => node.localName),
      ),
    ];
    const hostile = hostileModel(modelWith());
    expect(names(hostile).sort()).toEqual(names(modelWith()).sort());
    for (const node of parsed(hostile).all('#match-reproduction *')) {
      for (const { name } of node.attributes) expect(name).not.toMatch(/^on|^src/);
    }
    expect(parseReport(JSON.parse(JSON.stringify(hostile)))).toEqual(hostile);
  });

  it('is refused where it lists too many queries or reasons, or numbers that are none', () => {
    const [query] = matchReproduction().worstQueries;
    if (query === undefined) throw new Error('no query');
    expect(parseReport(modelWith({ worstQueries: Array(10).fill(query) }))).not.toHaveProperty(
      'wrong',
    );
    for (const [change, place] of [
      [{ worstQueries: Array(11).fill(query) }, 'worstQueries'],
      [{ reasons: Array(11).fill('x') }, 'reasons'],
      [{ maxScoreDifference: Infinity }, 'maxScoreDifference'],
    ] as const) {
      expect(parseReport(modelWith(change))).toMatchObject({
        wrong: expect.stringContaining(`matchReproduction.${place}`),
      });
    }
  });
});
