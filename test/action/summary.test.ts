import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportModel } from '../support/report-model.ts';

const { summaryOf } = await import(join(process.cwd(), 'scripts/action/summary.mjs'));

const nothing = { exitCode: 0, findings: [], lastLines: [] };
const hostile = '| <img src=x> `@here` [a](https://x.y) www.x.y **b** \u202e\n# h';

describe('the summary of a job', () => {
  it('tells verdict, scores and pace of a run that went well', () => {
    const text = summaryOf({ ...nothing, report: reportModel() });
    expect(text).toMatch(/^## ✅ The submission runs\n/);
    expect(text).toContain('| µAP, full | 0.6569 |');
    expect(text).toContain('| µAP, subset | 0.6295 |');
    expect(text).toMatch(/\| Seconds per query \| [\d.]+ of 10 \|/);
  });

  it('tells why one failed, where, and what to do', () => {
    const verdict = {
      kind: 'failed',
      reason: 'It ran out of memory',
      stage: 'run',
      next: ['Use less'],
    };
    const text = summaryOf({ ...nothing, exitCode: 1, report: { ...reportModel(), verdict } });
    expect(text).toContain(
      '## ❌ The submission failed\n\n**It ran out of memory &#40;run&#41;**\n\n- Use less\n',
    );
  });

  it('lists what is wrong with an invalid one, at most fifty', () => {
    const finding = {
      severity: 'error',
      file: 'a.npz',
      rule: 'not-float32',
      message: 'It is not.',
      fix: 'Cast.',
    };
    const text = summaryOf({ ...nothing, exitCode: 4, findings: Array(60).fill(finding) });
    expect(text.match(/\| error \| a.npz \| not-float32 \| It is not. Cast. \|/g)).toHaveLength(50);
    expect(text).toMatch(/\n\nand 10 more\n$/);
  });

  it('shows the last lines where nothing else says why', () => {
    const text = summaryOf({ ...nothing, exitCode: 3, lastLines: ['No image', '</pre><b>'] });
    expect(text).toBe(
      '## ⚠️ The environment is not ready\n\n<pre>\nNo image\n&#60;&#47;pre&#62;&#60;b&#62;\n</pre>\n',
    );
  });

  it('makes no markup of hostile texts, in a line of their own', () => {
    const verdict = { kind: 'failed', reason: hostile, stage: hostile, next: [hostile] };
    const finding = {
      severity: 'error',
      file: hostile,
      rule: hostile,
      message: hostile.repeat(99),
    };
    const report = { ...reportModel(), dataset: hostile, verdict, findings: [finding] };
    const text: string = summaryOf({ exitCode: 1, report, findings: [], lastLines: [] });
    const harmless = summaryOf({
      exitCode: 1,
      report: {
        ...report,
        dataset: 'x',
        verdict: { kind: 'failed', reason: 'x', stage: 'x', next: ['x'] },
        findings: [{ severity: 'error', file: 'x', rule: 'x', message: 'x' }],
      },
      findings: [],
      lastLines: [],
    });
    const marks = (of: string) =>
      of.replaceAll(/&#\d+;/g, '').replaceAll(/[^|<>`@[\]*#\n\u202e]/g, '');
    expect(marks(text)).toBe(marks(harmless));
    expect(text).not.toMatch(/https?:\/\/|www\./);
  });
});
