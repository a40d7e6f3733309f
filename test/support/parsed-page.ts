import { parseHTML } from 'linkedom';
import type { ReportModel } from '../../src/report/model.ts';
import { reportPage } from '../../src/report/page.ts';

/** What a test asks of a parsed element; the DOM's own types are not loaded here. */
export interface PageNode {
  readonly textContent: string;
  readonly localName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  getAttribute(name: string): string | null;
}

/** A report's page, to look for elements in it and for the texts of them, joined by bars. */
export function parsedPage(model: ReportModel) {
  return parsedHtml(reportPage(model));
}

/** The same of any page. */
export function parsedHtml(page: string) {
  const { document } = parseHTML(page);
  const all = (selector: string) =>
    [...document.querySelectorAll(selector)] as unknown as PageNode[];
  const text = (selector: string) =>
    all(selector)
      .map((node) => node.textContent.replace(/\s+/g, ' ').trim())
      .join(' | ');
  return { all, text };
}
