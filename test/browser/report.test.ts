import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportModel } from '../../src/report/model.ts';
import { launchChromium, openFile } from '../support/chromium.ts';
import { run } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';
import {
  failedModel,
  hostileModel,
  matchModel,
  reportModel,
  without,
} from '../support/report-model.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 900 };

/** What `vsc report --json` says of a model, and the page that it made. */
async function made(model: ReportModel) {
  const project = await folderWith({ 'submission/report.json': JSON.stringify(model) });
  const { stdout, stderr } = await run(project, 'report --json');
  const { report } = JSON.parse(stdout || stderr) as { report: ReportModel };
  return { report, path: join(project, 'submission/report.html') };
}

/** The path of every number in a model, but for those that are drawn or told in words. */
function places(value: unknown, path: readonly string[] = []): string[] {
  const place = path.join('.');
  if (/^version$|^findings\.|^frames\.|^score\.\w+\.pairs$|\.(curve|histogram)\b/.test(place))
    return [];
  if (typeof value === 'number') return [place];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => places(item, [...path, key]));
}

function at(model: ReportModel, place: string): unknown {
  return place.split('.').reduce<unknown>((value, key) => Object(value)[key], model);
}

/** Every `<data>` on the page: its place in the model, its value and what a reader sees. */
const figuresOn = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll('data[data-figure]')]
    .map((node) => [node.dataset.figure, Number(node.value), node.textContent])`) as Promise<
    [place: string, value: number, shown: string][]
  >;

/** A number as it is written on the page, in the model's units, or undefined for a duration. */
function numberIn(shown: string): number | undefined {
  const match = /^(-?[\d,.]+)( %| [kMG]?B| s)?$/.exec(shown);
  if (match === null) return undefined;
  const scale = { ' %': 0.01, ' kB': 1e3, ' MB': 1e6, ' GB': 1e9 }[match[2] ?? ''] ?? 1;
  return Number(match[1]?.replaceAll(',', '')) * scale;
}

const models: Record<string, ReportModel> = {
  'a run that went well': reportModel(),
  'one without score': without(reportModel({ dataset: 'test' }), 'score', 'reproduction'),
  'a failed one': failedModel(),
  'a hostile one': hostileModel(),
  'a hostile failure': hostileModel(failedModel()),
  'one of matches': matchModel(),
  'one of matches without score': without(matchModel({ dataset: 'test' }), 'matchScore'),
  'a hostile one of matches': hostileModel(matchModel()),
};

describe('the report in Chromium', () => {
  it.each(Object.entries(models))(
    'says nothing on the console, asks for nothing and fits a phone: %s',
    async (_, model) => {
      const { path } = await made(model);
      for (const viewport of [phone, desktop]) {
        const { page, said, requests } = await openFile(browser, path, { viewport });
        await page.evaluate(
          `document.querySelectorAll('details').forEach((d) => { d.open = true })`,
        );
        await page.mouse.move(100, 100);
        expect(said).toEqual([]);
        expect(requests.filter((url) => url !== `file://${path}` && url !== 'data:,')).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
        expect(await page.title()).toMatch(/^The submission (runs|failed): /);
        await page.context().close();
      }
    },
  );

  it.each(Object.entries(models))('has the figures of --json: %s', async (_, model) => {
    const { report, path } = await made(model);
    const { page } = await openFile(browser, path, { viewport: desktop });
    const figures = await figuresOn(page);
    expect(new Set(figures.map(([place]) => place))).toEqual(new Set(places(report)));
    for (const [place, value, shown] of figures) {
      expect(value, place).toBe(at(report, place));
      const read = numberIn(shown);
      if (read !== undefined)
        expect(Math.abs(read - value), place).toBeLessThanOrEqual(
          Math.max(0.006, Math.abs(value) / 500),
        );
    }
    await page.context().close();
  });

  it('would not run a script even if one got in', async () => {
    const { path } = await made(reportModel());
    const page = await readFile(path, 'utf8');
    const script = `<script>document.title = 'taken'</script><img src="https://example.org/x.png" onerror="document.title = 'taken'">`;
    await writeFile(path, page.replace('<main>', `<main>${script}`));
    const opened = await openFile(browser, path, { viewport: desktop });
    expect(await opened.page.title()).toBe('The submission runs: train');
    expect(opened.said.join('\n')).toMatch(/Content Security Policy/);
    await opened.page.context().close();
  });

  it.each([
    ['light', 'rgb(253, 252, 249)', 'rgb(29, 95, 168)'],
    ['dark', 'rgb(23, 24, 27)', 'rgb(130, 180, 239)'],
  ] as const)('wears %s colours, plots too', async (colorScheme, paper, line) => {
    const { path } = await made(reportModel());
    const { page } = await openFile(browser, path, { viewport: desktop, colorScheme });
    const colour = (selector: string, property: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);
    expect(await colour('body', 'backgroundColor')).toBe(paper);
    expect(await colour('#curves .wide g[data-mark="line"]', 'stroke')).toBe(line);
    await page.context().close();
  });

  it.each([
    ['a phone', phone, '.narrow', '.wide'],
    ['a desktop', desktop, '.wide', '.narrow'],
  ] as const)('shows the plot that was drawn for %s', async (_, viewport, shown, hidden) => {
    const { path } = await made(reportModel());
    const { page } = await openFile(browser, path, { viewport });
    expect(await page.locator(`#curves .plot${shown}`).isVisible()).toBe(true);
    expect(await page.locator(`#curves .plot${hidden}`).isVisible()).toBe(false);
    await page.context().close();
  });

  it('prints on white with everything open, whatever the screen wears', async () => {
    const { path } = await made(reportModel());
    const { page } = await openFile(browser, path, { viewport: desktop, colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    const background = 'getComputedStyle(document.body).backgroundColor';
    expect(await page.evaluate(background)).toBe('rgb(255, 255, 255)');
    expect(await page.locator('#curves details td').first().isVisible()).toBe(true);
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)(
    'passes axe in %s, phone and desktop',
    async (colorScheme) => {
      const axe = await readFile(
        createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
        'utf8',
      );
      for (const model of [reportModel(), failedModel(), matchModel()]) {
        const { path } = await made(model);
        for (const viewport of [phone, desktop]) {
          const { page } = await openFile(browser, path, { viewport, colorScheme });
          await page.evaluate(axe);
          const { violations } = (await page.evaluate('axe.run()')) as {
            violations: { id: string; nodes: { html: string }[] }[];
          };
          const told = violations.map(({ id, nodes }) => [
            id,
            nodes.slice(0, 3).map((n) => n.html),
          ]);
          expect(told).toEqual([]);
          await page.context().close();
        }
      }
    },
  );
});
