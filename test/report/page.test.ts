import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { ReportModel } from '../../src/report/model.ts';
import { reportPage } from '../../src/report/page.ts';
import {
  failedModel,
  hostileModel,
  hostileTexts,
  rankingScore,
  reportModel,
  without,
} from '../support/report-model.ts';

/** What a test asks of a parsed element; the DOM's own types are not loaded here. */
interface Node {
  readonly textContent: string;
  readonly localName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  getAttribute(name: string): string | null;
}

function parsed(model: ReportModel) {
  const { document } = parseHTML(reportPage(model));
  const all = (selector: string) => [...document.querySelectorAll(selector)] as unknown as Node[];
  const text = (selector: string) =>
    all(selector)
      .map((node) => node.textContent.replace(/\s+/g, ' ').trim())
      .join(' | ');
  return { all, text };
}

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

describe('what the page says', () => {
  it('puts the verdict, the score and the pace at the top', () => {
    const { text } = parsed(reportModel());
    expect(text('h1')).toBe('The submission runs');
    expect(text('header .full')).toBe('µAP, full0.65695,184 of 7,200 true pairs among the ranked');
    expect(text('header .subset')).toContain('0.6295');
    expect(text('header .figures')).toContain('Seconds per query2.23within the limit of 10');
    expect(text('header .findings')).toContain('put the weights into the zip');
  });

  it('tells margin and projection, and says so in red when it is over the limit', () => {
    expect(parsed(reportModel()).text('#pace p')).toContain(
      '7.77 s below the limit of 10 s. The organisers’ subset of about 800 queries would take 29 min 43 s of the 2 h 13 min',
    );
    const { pace } = reportModel();
    const slow = parsed(reportModel({ ...(pace && { pace: { ...pace, secondsPerQuery: 12.5 } }) }));
    expect(slow.text('#pace .over p')).toContain('2.50 s over the limit of 10 s');
    expect(slow.text('header .over')).toContain('12.50over the limit');
  });

  it('draws both curves for both widths, with a point for each of the model', () => {
    const { all } = parsed(reportModel());
    for (const paper of ['wide', 'narrow']) {
      const lines = all(`#curves .${paper} g[data-mark="line"] path`);
      expect(lines.length).toBe(2);
      for (const line of lines) {
        expect(line.getAttribute('d')?.match(/[\d.]+,[\d.]+/g)?.length).toBeGreaterThan(240);
      }
    }
  });

  it('draws both histograms: 40 bars up, 40 down', () => {
    const { all, text } = parsed(reportModel());
    expect(all('#scores g[data-mark="rect"] rect').length).toBe(2 * 2 * 40);
    expect(text('#scores svg text')).toContain('127,505 false');
  });

  it('names every figure, describes it and has it as a table', () => {
    const { all } = parsed(reportModel());
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
    const { text, all } = parsed(without(reportModel({ dataset: 'test' }), 'score'));
    expect(text('header .full')).toBe('µAP, fullno scoretest came without ground truth');
    expect(all('#curves, #queries').length).toBe(0);
  });

  it('says that no true pair was found rather than drawing nothing', () => {
    const { text } = parsed(nothingFound());
    expect(text('#curves')).toContain('No true pair was found');
    expect(text('#scores desc')).toContain('There is no true pair.');
  });

  it('survives empty rankings', () => {
    const empty = { edges: [], truePairs: [], falsePairs: [] };
    const { full } = nothingFound().score ?? {};
    if (full === undefined) throw new Error('no score');
    const score = { full: { ...full, histogram: empty, worstQueries: [], topFalsePairs: [] } };
    const { text } = parsed(reportModel({ score }));
    expect(text('main')).toContain('There are no pairs.');
    expect(text('main')).toContain('No query loses anything.');
  });

  it('gives the reason, the stage and the log of a failed run before all else', () => {
    const { text, all } = parsed(failedModel());
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
    const { text } = parsed(
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
    const { text, all } = parsed(
      reportModel({ findings: [...many, { ...finding, severity: 'error', file: 'z.npz' }] }),
    );
    expect(all('.findings li').length).toBe(100);
    expect(text('.findings li')).toMatch(/^error z\.npz/);
    expect(text('.more')).toBe('and 49,901 more');
  });

  it('says whether the code makes the descriptors, with the worst videos', () => {
    const { text } = parsed(reportModel());
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
    const { all } = parsed(model);
    const friendly = parsed(model === models.ok ? reportModel() : failedModel());
    const names = (nodes: Node[]) => [...new Set(nodes.map((node) => node.localName))].sort();
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
    const { text } = parsed(models.ok);
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
