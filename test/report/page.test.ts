import { describe, expect, it } from 'vitest';
import { parseReport, type ReportModel } from '../../src/report/model.ts';
import { reportPage } from '../../src/report/page.ts';
import { type PageNode, parsedPage } from '../support/parsed-page.ts';
import {
  failedModel,
  hostileModel,
  hostileTexts,
  rankingScore,
  reportModel,
  without,
} from '../support/report-model.ts';

const nothingFound = () => {
  const score = rankingScore(0.5, 40);
  const { edges, truePairs } = score.histogram;
  const none = truePairs.map(() => 0);
  return reportModel({
    score: {
      full: {
        ...score,
        microAveragePrecision: 0,
        found: 0,
        curve: { recall: [0], precision: [0] },
        histogram: { edges, truePairs: none, falsePairs: score.histogram.falsePairs },
      },
    },
  });
};

/** What a model has at `score.full.found`. */
const valueAt = (model: ReportModel, place: string) =>
  place.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown>)?.[key], model);

const failedModelWith = (log: NonNullable<ReportModel['log']>) => ({ ...failedModel(), log });

/** A run that is over the limit of time. */
const slow = () => {
  const { pace } = reportModel();
  return reportModel({ ...(pace && { pace: { ...pace, secondsPerQuery: 12.5 } }) });
};

describe('what the page says', () => {
  it('has every figure of the model whole, by its place there', () => {
    const model = reportModel();
    const figures = parsedPage(model).all('data[data-figure]');
    const places = figures.map((node) => node.getAttribute('data-figure') ?? '');
    expect(figures.length).toBeGreaterThan(100);
    for (const [at, place] of places.entries()) {
      expect([place, figures[at]?.getAttribute('value')]).toEqual([
        place,
        String(valueAt(model, place)),
      ]);
    }
    for (const part of ['score.full', 'score.subset', 'pace', 'counts', 'reproduction', 'stages']) {
      expect(places.some((place) => place.startsWith(`${part}.`))).toBe(true);
    }
  });

  it('says of a smoke test that it is one, and has no score for it', () => {
    const model = reportModel({ smoke: { queries: 3, of: 1087 } });
    const page = parsedPage(without(without(model, 'score'), 'matchScore'));
    expect(page.text('header')).toContain(
      'A smoke test, no full rehearsal: 3 of the 1,087 queries',
    );
    expect(page.text('header .figures')).toContain('a smoke test is not scored');
  });

  it('says when, on what data and for how long it ran', () => {
    expect(parsedPage(reportModel()).text('.when')).toBe(
      'train data, 2026-11-22 14:05 UTC, 4 min 49 s in the container',
    );
    const elsewhere = without(
      reportModel({ startedAt: '2026-11-22T14:05:09+01:00' }),
      'containerSeconds',
    );
    expect(parsedPage(elsewhere).text('.when')).toBe('train data, 2026-11-22T14:05:09+01:00');
    expect(parsedPage(reportModel()).text('.track')).toContain('descriptor track');
  });

  it('has the recall at 90 % precision of both rankings', () => {
    expect(parsedPage(reportModel()).text('header .figures')).toContain(
      'Recall at 90 % precision50.4 %subset 48.3 %',
    );
    const { full } = reportModel().score ?? {};
    if (full === undefined) throw new Error('no score');
    const page = parsedPage(reportModel({ score: { full } }));
    expect(page.text('header .figures')).toMatch(/Recall at 90 % precision50\.4 %(?!subset)/);
    expect(page.text('header .subset')).toBe('µAP, subsetno scoreno ground truth for the subset');
    expect(page.all('details').some(({ textContent }) => /in the subset/.test(textContent))).toBe(
      false,
    );
  });

  it('has what a limit is, and whether it is kept, to a hair', () => {
    const { pace } = reportModel();
    const page = parsedPage(
      reportModel({ ...(pace && { pace: { ...pace, secondsPerQuery: 10 } }) }),
    );
    expect(page.text('header .figures')).toContain('10.00within the limit of 10');
    expect(page.text('#pace')).toContain('10.0 s per query, 0.00 s below the limit');
    expect(page.all('.over')).toEqual([]);
  });

  it('lists amounts, settings, digests and versions', () => {
    const { text } = parsedPage(reportModel());
    expect(text('#amounts dt')).toBe(
      'Query descriptors | Reference descriptors | Subset descriptors | Pairs, full | Pairs, subset | Queries in the subset | Peak memory',
    );
    expect(text('#amounts dd')).toBe(
      '195,120 | 959,004 | 1,932 | 200,000 | 2,000 | 80 | 5.31 GB of 16 GB',
    );
    expect(text('#settings tbody tr')).toBe(
      'CPU_OR_GPUcpuno nvidia-smi on the PATH | BLOCK_INTERNETtrueBLOCK_INTERNET | DATASETtraindefault | SUBMISSION_IMAGEmine:1--image',
    );
    expect(text('#settings thead')).toBe('SettingValueSet by');
    expect(text('#digests tbody tr')).toMatch(
      /^Imagesha256:a{64}meta-vsc-descriptor-runtime:slim-local \| Submissionsha256:b{64}/,
    );
    expect(text('#versions')).toBe('Versions vsc0.1.0 Docker20.10.24');
  });

  it('leaves out what is not known', () => {
    const bare = without(
      reportModel({
        settings: [],
        digests: [],
        versions: [],
        counts: {},
        stages: [],
        findings: [],
      }),
      ...(['score', 'pace', 'memory', 'reproduction', 'log'] as const),
    );
    const { all, text } = parsedPage(bare);
    expect(all('section').map((node) => node.getAttribute('id'))).toEqual([]);
    expect(all('header ul, header .reason')).toEqual([]);
    expect(text('header')).not.toMatch(/undefined|false/);
    const unlimited = parsedPage(reportModel({ memory: { peakBytes: 1e9 } }));
    expect(unlimited.text('#amounts dd')).toMatch(/ \| 1 GB$/);
  });

  it('has each stage by its start and its time, to scale', () => {
    const { all, text } = parsedPage(reportModel({ containerSeconds: 1000 }));
    expect(text('#stages thead')).toBe('StageStartTime');
    expect(text('#stages tbody tr:nth-child(3)')).toBe('run main.py9.50 s2 min 58 s');
    const runs = all('#stages tbody tr:nth-child(3) .run');
    expect(runs.map((node) => [node.getAttribute('x'), node.getAttribute('width')])).toEqual([
      ['9.5', '178.3'],
    ]);
    expect(all('#stages .failed')).toEqual([]);
  });

  it('draws the pace beside the limit, and no more than the whole', () => {
    const drawn = (model: ReportModel) => {
      const { all } = parsedPage(model);
      const [run] = all('#pace .run');
      const [mark] = all('#pace .mark');
      return [run?.getAttribute('x'), run?.getAttribute('width'), mark?.getAttribute('d')];
    };
    expect(drawn(reportModel())).toEqual(['0.0', '202.6', 'M909.1 0V10']);
    expect(drawn(slow())).toEqual(['0.0', '1000.0', 'M800.0 0V10']);
  });

  it('says that a log is empty, and whether it is all of it', () => {
    const page = (text: string, complete: boolean) =>
      parsedPage(failedModelWith({ file: 'log.txt', text, complete }));
    expect(page('', true).text('#log')).toBe('Log All of log.txt. It is empty.');
    expect(page('x', false).text('#log')).toBe('End of the log The last lines of log.txt. x');
  });

  it('has all that was measured of the reproduction', () => {
    const { text } = parsedPage(reportModel());
    expect(text('#reproduction dl div')).toBe(
      [
        'Videos in both79',
        'Videos only submitted1',
        'Videos only made0',
        'Vectors submitted1,934',
        'Vectors made1,932',
        'Of the same moment1,932',
        'Dimensions submitted512',
        'Dimensions made512',
        'Cosine similarity, mean0.99982',
        'Cosine similarity, least0.98123',
        'Length, made ÷ submitted0.998 to 1.002',
        'Timestamps differ by up to0.02 s',
      ].join(' | '),
    );
    expect(text('#reproduction thead')).toBe('VideoSubmittedMadeSame momentMean cosineAgreement');
  });

  it.each([
    ['reproduces', /^Yes: the code makes the descriptors/],
    ['close', /^Nearly: /],
    ['differs', /^No: .* Expect the subset’s score to differ/],
  ] as const)('says of code that %s what that means', (verdict, answer) => {
    const { reproduction } = reportModel();
    if (reproduction === undefined) throw new Error('no reproduction');
    const nothing = { cosine: null, lengthRatio: null, maxTimeDifference: null, worstVideos: [] };
    const { all, text } = parsedPage(
      reportModel({ reproduction: { ...reproduction, ...nothing, verdict, reasons: [] } }),
    );
    expect(text('#reproduction .answer')).toMatch(answer);
    expect(all(`#reproduction .${verdict}`)).toHaveLength(1);
    expect(all('#reproduction li, #reproduction table')).toEqual([]);
    expect(text('#reproduction dl div')).toMatch(
      /leastnothing to compare \| Length, made ÷ submittednothing to compare \|/,
    );
  });

  it('has the queries and pairs to look at', () => {
    const { text } = parsedPage(reportModel());
    expect(text('#queries thead')).toBe(
      'QueryTrue referenceLossFoundBest rank | QueryTrue referenceLossFoundBest rank',
    );
    expect(text('#queries tbody')).toMatch(
      /^Q170431R1503110\.00610 of 3not ranked Q170114R1501000\.00311 of 21,204 /,
    );
    expect(text('#false-pairs thead')).toMatch(/^RankQueryReferenceScore/);
    expect(text('#false-pairs tbody')).toMatch(/^3Q112311R1900110\.9731 4Q112742R1887740\.9614 /);
    expect(text('#queries summary')).toBe('The same in the subset');
    const { full } = nothingFound().score ?? {};
    if (full === undefined) throw new Error('no score');
    const none = parsedPage(reportModel({ score: { full: { ...full, topFalsePairs: [] } } }));
    expect(none.text('#false-pairs')).toContain('There is no false pair.');
  });

  it('shows the frames of a pair with their times, and says which are missing', () => {
    const { score } = reportModel();
    const [worst] = score?.full.worstQueries ?? [];
    const [falsePair] = score?.full.topFalsePairs ?? [];
    if (worst?.reference === undefined || falsePair === undefined) throw new Error('no pairs');
    const jpeg = Buffer.from([0xff, 0xd8, 0xff]).toString('base64');
    const frames = {
      pairs: [
        {
          query: worst.query,
          reference: worst.reference,
          similarity: 0.9,
          queryMoment: { seconds: 62.46, jpeg },
          referenceMoment: { seconds: 3, problem: "it can't be decoded" },
        },
        {
          query: falsePair.query,
          reference: falsePair.reference,
          similarity: null,
          queryMoment: { seconds: null },
          referenceMoment: { seconds: 59.96, jpeg },
        },
      ],
      notes: ['R100001 is not in <competition_data>: no frame.'],
    };
    const { all, text } = parsedPage(reportModel({ frames }));
    expect(text('#queries tbody tr:first-child')).toMatch(
      /^Q170431 at 1:02\.5R150311 at 0:03\.0 it can't be decoded0\.0061/,
    );
    expect(text('#false-pairs > .table tbody tr:first-child')).toBe(
      '3Q112311 R190011 at 1:00.00.9731',
    );
    expect(text('#queries')).toContain('R100001 is not in <competition_data>: no frame.');
    const pictures = all('img').map((image) => [
      image.getAttribute('src'),
      image.getAttribute('alt'),
    ]);
    expect(pictures).toEqual([
      ['data:image/jpeg;base64,/9j/', 'Q170431 at 1:02.5'],
      ['data:image/jpeg;base64,/9j/', 'R190011 at 1:00.0'],
    ]);
    expect(parsedPage(reportModel()).all('img')).toEqual([]);
  });

  it('refuses pictures in a report that are none, or too many', () => {
    const reportWith = (jpeg: string, pairs = 1) => {
      const moment = { seconds: 1, jpeg };
      const pair = { query: 'Q1', reference: 'R1', similarity: 1 };
      const both = { ...pair, queryMoment: moment, referenceMoment: moment };
      return parseReport(reportModel({ frames: { pairs: Array(pairs).fill(both), notes: [] } }));
    };
    expect(reportWith('/9j/', 100)).not.toHaveProperty('wrong');
    expect(reportWith('/9j/', 101)).toMatchObject({
      wrong: expect.stringMatching(/^frames\.pairs/),
    });
    for (const jpeg of ['"><script>', 'A'.repeat(20_000)]) {
      expect(reportWith(jpeg)).toMatchObject({ wrong: expect.stringMatching(/queryMoment\.jpeg/) });
    }
  });

  it('has the curves and histograms as tables', () => {
    const { text } = parsedPage(reportModel());
    expect(text('#curves thead')).toBe('Recallfullsubset');
    expect(text('#curves tbody tr:nth-child(1)')).toBe('0.10.99390.9940');
    expect(text('#curves tbody tr:nth-child(10)')).toBe('1.0not reachednot reached');
    expect(text('#curves figcaption')).toBe(
      'full rankings subset rankingsThe dotted line is 90 % precision.',
    );
    expect(text('#scores thead')).toBe('FromtoTrue pairsFalse pairs | FromtoTrue pairsFalse pairs');
    expect(text('#scores tbody tr:nth-child(40)')).toMatch(/^0\.98001\.0000\d+0 \|/);
    expect(text('#scores h3')).toBe('Scores of the full rankings | Scores of the subset rankings');
  });

  it('describes curves and histograms in words', () => {
    const described = parsedPage(reportModel())
      .all('svg[role="img"] > desc')
      .map((node) => node.textContent);
    expect(described[0]).toMatch(
      /and end at 72\.0 % recall with \d+\.\d % precision\. The subset rankings keep 90 % precision/,
    );
    expect(described.at(-2)).toMatch(
      /^Of [\d,]+ true pairs most, \d+\.\d %, score between 0\.7\d+ and 0\.\d+\. Of 127,505 false pairs most, \d+\.\d %, score between 0\.4\d+ and 0\.4\d+\.$/,
    );
  });

  it('puts the verdict, the score and the pace at the top', () => {
    const { text } = parsedPage(reportModel());
    expect(text('h1')).toBe('The submission runs');
    expect(text('header .full')).toBe('µAP, full0.65695,184 of 7,200 true pairs among the ranked');
    expect(text('header .subset')).toContain('0.6295');
    expect(text('header .figures')).toContain('Seconds per query2.23within the limit of 10');
    expect(text('header .findings')).toContain('put the weights into the zip');
  });

  it('tells margin and projection, and says so in red when it is over the limit', () => {
    expect(parsedPage(reportModel()).text('#pace p')).toContain(
      '7.77 s below the limit of 10 s. The organisers’ subset of about 800 queries would take 29 min 43 s of the 2 h 13 min',
    );
    const { text } = parsedPage(slow());
    const { pace } = reportModel();
    const search = { seconds: 203, queries: 8000, references: 40_000 };
    const searching = reportModel({ ...(pace && { pace: { ...pace, search } }) });
    expect(parsedPage(searching).text('#pace p')).toContain(
      'The search of 8,000 × 40,000 videos would take 3 min 23 s on the same machine.',
    );
    expect(text('#pace .over p')).toContain('2.50 s over the limit of 10 s');
    expect(text('header .over')).toContain('12.50over the limit');
  });

  it('draws both curves for both widths, with a point for each of the model', () => {
    const { all } = parsedPage(reportModel());
    for (const paper of ['wide', 'narrow']) {
      const lines = all(`#curves .${paper} g[data-mark="line"] path`);
      expect(lines.length).toBe(2);
      for (const line of lines) {
        expect(line.getAttribute('d')?.match(/[\d.]+,[\d.]+/g)?.length).toBeGreaterThan(240);
      }
    }
  });

  it('draws both histograms: 40 bars up, 40 down', () => {
    const { all, text } = parsedPage(reportModel());
    expect(all('#scores g[data-mark="rect"] rect').length).toBe(2 * 2 * 40);
    expect(text('#scores svg text')).toContain('127,505 false');
  });

  it('names every figure, describes it and has it as a table', () => {
    const { all } = parsedPage(reportModel());
    const figures = all('svg[role="img"]');
    expect(figures.length).toBe(4);
    for (const figure of figures) expect(figure.getAttribute('aria-label')).toBeTruthy();
    const described = all('svg[role="img"] > desc').map((node) => node.textContent);
    expect(described[0]).toMatch(
      /^The full rankings keep 90 % precision up to a recall of 50\.4 %/,
    );
    expect(all('#curves tbody tr').length).toBe(10);
    expect(all('#scores tbody tr').length).toBe(2 * 40);
  });

  it('says that there is no score where there was no ground truth', () => {
    const { text, all } = parsedPage(without(reportModel({ dataset: 'test' }), 'score'));
    expect(text('header .full')).toBe('µAP, fullno scoretest came without ground truth');
    expect(all('#curves, #queries').length).toBe(0);
  });

  it('says that no true pair was found rather than drawing nothing', () => {
    const { text } = parsedPage(nothingFound());
    expect(text('#curves')).toContain('No true pair was found');
    expect(text('#scores desc')).toContain('There is no true pair.');
  });

  it('survives empty rankings', () => {
    const empty = { edges: [], truePairs: [], falsePairs: [] };
    const { full } = nothingFound().score ?? {};
    if (full === undefined) throw new Error('no score');
    const score = { full: { ...full, histogram: empty, worstQueries: [], topFalsePairs: [] } };
    const { text } = parsedPage(reportModel({ score }));
    expect(text('main')).toContain('There are no pairs.');
    expect(text('main')).toContain('No query loses anything.');
  });

  it('gives the reason, the stage and the log of a failed run before all else', () => {
    const { text, all } = parsedPage(failedModel());
    expect(text('header')).toContain('The submission failed: main.py exited with code 1.');
    expect(all('section').map((node) => node.getAttribute('id'))[0]).toBe('log');
    expect(text('#stages .failed th')).toBe('run main.py (failed here)');
  });

  it('lists all findings of an invalid submission', () => {
    const error = {
      severity: 'error',
      file: 'a.npz',
      rule: 'x',
      message: 'no',
      index: 17,
    } as const;
    const { text } = parsedPage(
      reportModel({
        verdict: { kind: 'invalid', reason: 'It would not be accepted:' },
        findings: [error, { ...error, file: 'b.npz', fix: 'mend it' }],
      }),
    );
    expect(text('h1')).toBe('The submission is invalid');
    expect(text('.findings li')).toBe(
      'error a.npz no x, index 17 | error b.npz no x, index 17mend it',
    );
  });

  it('lists a hundred findings at most, errors first, and says how many more there are', () => {
    const finding = {
      severity: 'warning',
      file: 'a',
      rule: 'x',
      message: 'm'.repeat(5000),
    } as const;
    const many = Array.from({ length: 50_000 }, () => finding);
    const { text, all } = parsedPage(
      reportModel({ findings: [...many, { ...finding, severity: 'error', file: 'z.npz' }] }),
    );
    expect(all('.findings li').length).toBe(100);
    expect(text('.findings li')).toMatch(/^error z\.npz/);
    expect(text('.more')).toBe('and 49,901 more');
  });

  it('says whether the code makes the descriptors, with the worst videos', () => {
    const { text } = parsedPage(reportModel());
    expect(text('#reproduction .answer')).toMatch(/^Nearly/);
    expect(text('#reproduction li')).toMatch(/^main.py makes 1,932 vectors/);
    expect(text('#reproduction tbody tr')).toContain('Q1004172523230.981230.903');
  });

  it('is the same for the same model', () => {
    expect(reportPage(reportModel())).toBe(reportPage(reportModel()));
  });
});

describe('hostile texts', () => {
  const models = { ok: hostileModel(), failed: hostileModel(failedModel()) };

  it.each(Object.entries(models))('become no markup: %s', (_, model) => {
    const { all } = parsedPage(model);
    const friendly = parsedPage(model === models.ok ? reportModel() : failedModel());
    const names = (nodes: PageNode[]) => [...new Set(nodes.map((node) => node.localName))].sort();
    expect(names(all('*'))).toEqual(names(friendly.all('*')));
    for (const node of all('*')) {
      for (const { name, value } of node.attributes) {
        expect(name).not.toMatch(/^on|^src|^srcdoc|^action/);
        if (name === 'href') expect(value).toBe('data:,');
      }
    }
  });

  it('show what can not be seen, and cut what is too long', () => {
    const page = reportPage(models.ok);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those must not be there
    expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(page).not.toMatch(/\p{Cs}/u);
    expect(page).toContain('evil\\u202egpm.exe\\u2066');
    expect(page).toContain('… (3601 more characters)');
    expect(page).not.toContain('Q'.concat('1234567890'.repeat(41), '</code>'));
  });

  it('are kept, readable, in the log', () => {
    const { text } = parsedPage(models.ok);
    for (const kept of hostileTexts.slice(0, 5)) expect(text('#log pre')).toContain(kept);
    expect(text('#log pre')).toContain('red');
    expect(text('#log pre')).not.toContain('[31m');
  });
});

describe('the file', () => {
  it('forbids everything but its own styles, and asks for nothing', () => {
    const page = reportPage(reportModel());
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;`,
    );
    expect(page).not.toMatch(/<script|<link(?! rel="icon" href="data:,")|url\(|@import|https?:/);
    expect(page.length).toBeLessThan(150_000);
  });
});
