import { describe, expect, it } from 'vitest';
import { segmentsToShow } from '../../src/frames/frames.ts';
import { reportLine } from '../../src/report/headline.ts';
import { parseReport } from '../../src/report/model.ts';
import { reportPage } from '../../src/report/page.ts';
import type { MatchScore } from '../../src/scoring/score.ts';
import { type PageNode, parsedPage } from '../support/parsed-page.ts';
import { hostileModel, matchModel, matchScore, without } from '../support/report-model.ts';

const scored = (change: Partial<MatchScore>) =>
  matchModel({ matchScore: { full: { ...matchScore(0.7, 40), ...change } } });

describe('the page of matches', () => {
  it('puts segment AP of both sets and the pairwise score at the top, and into a line', () => {
    const { text } = parsedPage(matchModel());
    expect(text('header .full')).toBe('Segment AP, full0.55114,666 of 7,257 true segments found');
    expect(text('header .subset')).toBe('Segment AP, subset0.528147 of 133 true segments found');
    expect(text('header .figures')).toContain('Pairwise µAP0.6569subset 0.6295');
    expect(reportLine(matchModel())).toBe(
      'The submission runs on train, segment AP 0.5511 full, 0.5281 subset (2026-11-22T14:05:09.123Z).',
    );
    expect(parsedPage(without(matchModel(), 'matchScore')).text('header .full')).toBe(
      'Segment AP, fullno scoretrain came without ground truth',
    );
  });

  it('has every figure of the model whole, by its place there', () => {
    const model = matchModel();
    const figures = parsedPage(model).all('data[data-figure]');
    expect(figures.length).toBeGreaterThan(500);
    for (const figure of figures) {
      const place = figure.getAttribute('data-figure') ?? '';
      const value = place.split('.').reduce<unknown>((part, key) => Object(part)[key], model);
      expect([place, figure.getAttribute('value')]).toEqual([place, String(value)]);
    }
  });

  it('says what was found, and names matches among the amounts', () => {
    const { text } = parsedPage(matchModel());
    expect(text('#found tbody tr')).toBe(
      [
        'True segments4,666 of 7,25747 of 133',
        'True pairs5,184 of 7,20052 of 76',
        'Seconds of queries67.7 %64.9 %',
        'Seconds of references65.5 %62.8 %',
        'Predicted segments28,800304',
        'Predicted pairs21,600228',
      ].join(' | '),
    );
    expect(text('#amounts dt')).toContain('Matches, full | Matches, subset');
  });

  it('draws both curves, and fills the area that is the score', () => {
    const { all, text } = parsedPage(matchModel());
    expect(all('#curves .wide g[data-mark="line"] path')).toHaveLength(2);
    expect(all('#curves .wide g[data-mark="area"] path')).toHaveLength(1);
    expect(text('#curves figcaption')).toBe(
      'full matches subset matchesThe area below the steps is the segment AP.',
    );
    expect(parsedPage(scored({ foundSegments: 0 })).text('#curves')).toContain(
      'No true segment was found',
    );
  });

  it('draws the segments of the pairs that cost most, each as a table too', () => {
    const { all, text } = parsedPage(matchModel());
    expect(all('#pairs h3')).toHaveLength(2 * 9);
    expect(text('#pairs > details > summary')).toBe('3 more pairs | The same in the subset');
    const [first = ''] = text('#pairs figure').split(' | ');
    expect(first).toMatch(/^Q170431 in R150311 loss 0\.0061; segments: 1 true, 1 predicted/);
    expect(first).toContain('Its segments as a table');
    expect(text('#pairs desc')).toMatch(
      /^True segments: 1; the first is 0:04\.0 to 0:13\.5 of the query, 0:46\.0 to 0:55\.5 of the reference\. Predicted segments: 1;/,
    );
    expect(text('#pairs desc')).toContain('There is no predicted segment.');
    const [rows = ''] = text('#pairs figure:first-child tbody').split(' | ');
    expect(rows).toBe(
      'true0:04.0 – 0:13.50:46.0 – 0:55.5 predicted0:02.5 – 0:09.50:46.8 – 0:53.80.9130',
    );
    expect(text('#pairs')).toContain('and 23 more');
  });

  it('draws as many rectangles as there are segments, also those without a length', () => {
    const times = { queryStart: 3, queryEnd: 3, referenceStart: 9, referenceEnd: 2 };
    const pair = {
      query: 'Q1',
      reference: 'R1',
      loss: 0.5,
      trueSegments: 1,
      segments: 2,
      truth: [times],
      predicted: [
        { ...times, score: 1 },
        { ...times, queryEnd: 1e300, score: 0 },
      ],
    };
    const { all } = parsedPage(scored({ worstPairs: [pair] }));
    const boxes = all('#pairs g[data-mark="rect"] rect');
    expect(boxes).toHaveLength(3);
    for (const box of boxes) {
      expect(Number(box.getAttribute('width'))).toBeGreaterThan(0);
      expect(Number(box.getAttribute('height'))).toBeGreaterThan(0);
    }
    expect(all('#pairs g[data-mark="link"] path')).toHaveLength(2);
  });

  it('has the false segments, with what there is nothing of', () => {
    expect(parsedPage(matchModel()).text('#false-segments > .table tbody tr:first-child')).toBe(
      '3Q160921 0:03.0 – 0:15.1R143981 0:11.5 – 0:23.60.9731',
    );
    const { text } = parsedPage(
      scored({ worstPairs: [], falseSegments: [], warnings: ['Look <here>.'] }),
    );
    expect(text('#pairs')).toContain('No pair loses anything.');
    expect(text('#false-segments')).toContain('There is no false segment.');
    expect(text('#curves li')).toBe('Look <here>.');
  });

  it('shows how segments begin and end', () => {
    const { full } = matchModel().matchScore ?? {};
    if (full === undefined) throw new Error('no score');
    const jpeg = Buffer.from([0xff, 0xd8, 0xff]).toString('base64');
    const pairs = segmentsToShow(full).map(({ query, reference, seconds }) => ({
      query,
      reference,
      similarity: null,
      queryMoment: { seconds: seconds?.query ?? null, jpeg },
      referenceMoment: { seconds: seconds?.reference ?? null, problem: "it can't be decoded" },
    }));
    const { all, text } = parsedPage(
      matchModel({ frames: { pairs, notes: ['R1 is not there.'] } }),
    );
    expect(text('#pairs figure:first-child > .table tbody tr')).toMatch(
      /^beginsQ170431 at 0:04\.0R150311 at 0:46\.0 it can't be decoded \| endsQ170431 at 0:13\.5R150311 at 0:55\.5/,
    );
    expect(text('#pairs')).toContain('R1 is not there.');
    expect(text('#false-segments > .table tbody tr:first-child')).toBe(
      "3Q160921 0:03.0 – 0:15.1R143981 0:11.5 – 0:23.6 it can't be decoded0.9731",
    );
    expect(all('img').map((image) => image.getAttribute('alt'))).toContain('Q160921 at 0:15.1');
    expect(all('img')).toHaveLength(2 * 9 + 2 * 7);
  });

  it('refuses a score in a report that is no page, and cuts one that is given', () => {
    const score = matchScore(0.5, 40);
    const [pair] = score.worstPairs;
    if (pair === undefined) throw new Error('no pair');
    const many = {
      worstPairs: Array(21).fill(pair),
      falseSegments: Array(21).fill(score.falseSegments[0]),
      warnings: Array(21).fill('w'.repeat(5000)),
      curve: { ...score.curve, score: Array(301).fill(1) },
    };
    for (const [key, value] of Object.entries(many)) {
      expect(parseReport(scored({ [key]: value }))).toMatchObject({
        wrong: expect.stringMatching(`^matchScore\\.full\\.${key}`),
      });
    }
    const long = { ...pair, truth: Array(51).fill(pair.truth[0]) };
    expect(parseReport(scored({ worstPairs: [long] }))).toHaveProperty('wrong');
    expect(parseReport(JSON.parse(JSON.stringify(matchModel())))).toEqual(matchModel());
    const { all, text } = parsedPage(scored({ ...many, worstPairs: Array(21).fill(long) }));
    expect(all('#pairs h3')).toHaveLength(20);
    expect(all('#false-segments tbody tr')).toHaveLength(20);
    expect(text('#curves li').length).toBeLessThan(20 * 1100);
  });

  it('makes no markup of hostile texts', () => {
    const { all } = parsedPage(hostileModel(matchModel()));
    const friendly = parsedPage(matchModel());
    const names = (nodes: PageNode[]) => [...new Set(nodes.map((node) => node.localName))].sort();
    expect(names(all('*'))).toEqual(names(friendly.all('*')));
    for (const node of all('*')) {
      for (const { name } of node.attributes) expect(name).not.toMatch(/^on|^src|^action/);
    }
  });

  it('asks for nothing', () => {
    const page = reportPage(matchModel());
    expect(page).not.toMatch(/<script|<link(?! rel="icon" href="data:,")|url\(|@import|https?:/);
    expect(page.length).toBeLessThan(350_000);
  });
});
