import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's own folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What people read: the pages at the top and those of `docs/`, by their paths from the top. */
export async function pages(): Promise<ReadonlyMap<string, string>> {
  const isPage = (name: string) => name.endsWith('.md');
  const top = (await readdir(root)).filter(isPage);
  const docs = (await readdir(join(root, 'docs'))).filter(isPage).map((name) => `docs/${name}`);
  const read = async (path: string) => [path, await readFile(join(root, path), 'utf8')] as const;
  return new Map(await Promise.all([...top, ...docs].map(read)));
}

/** A page without its parts that code makes, and without blocks that are no command lines. */
function written(page: string): string {
  return page
    .replace(/<!-- [^>]*: made by [\s\S]*?<!-- end of [^>]* -->/g, '')
    .replace(/^ *```(?!sh$)[a-z]*$[\s\S]*?^ *```$/gm, '');
}

/** The lines of a page's shell blocks, without comments. */
function blockLines(page: string): string[] {
  const blocks = [...written(page).matchAll(/^ *```sh$([\s\S]*?)^ *```$/gm)];
  const lines = blocks.flatMap(([, block = '']) => block.split('\n'));
  return lines.map((line) => line.replace(/(^|\s)#.*$/, '').trim()).filter(Boolean);
}

/** What is quoted within a sentence and begins as a command line does. */
function quotedLines(page: string): string[] {
  const spans = [...page.replace(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/`([^`\n]+)`/g)];
  const begins = /^([A-Z_]+=\S+ )*(vsc|npm|npx|node|bash|echo|eval) \S/;
  return spans.map(([, span = '']) => span).filter((span) => begins.test(span));
}

/** All command lines that a page tells people to type; one that is quoted may only name a command. */
export function commandLines(page: string): { line: string; isQuoted: boolean }[] {
  const own = written(page);
  return [
    ...blockLines(own).map((line) => ({ line, isQuoted: false })),
    ...quotedLines(own).map((line) => ({ line, isQuoted: true })),
  ];
}

/** The single commands of a line, each as its words and the variables that are set for it. */
export function commandsOf(line: string): { env: Record<string, string>; words: string[] }[] {
  const inner = line.replace(/^eval "\$\((.*)\)"$/, '$1');
  return inner.split(/ (?:&&|\||;) | > \S+$/).flatMap((part) => {
    const words = (part?.match(/'[^']*'|"[^"]*"|\S+/g) ?? [])
      // What may be left out is tried, too.
      .map((word) => word.replace(/^\[+|\]+$/g, '').replace(/^(['"])(.*)\1$/, '$2'));
    const at = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
    if (at < 0) return [];
    const env = Object.fromEntries(
      words.slice(0, at).map((word) => word.split(/=(.*)/).slice(0, 2)),
    );
    return [{ env, words: words.slice(at) }];
  });
}

/** The anchor that a heading gets. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The anchors of a page. */
export function anchors(page: string): Set<string> {
  const headings = page.replace(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/^#+ (.*)$/gm);
  return new Set([...headings].map(([, heading = '']) => anchorOf(heading)));
}

/** Where a page's links and pictures lead, but for other sites. */
export function links(page: string): string[] {
  const own = page.replace(/^ *```[\s\S]*?^ *```$/gm, '').replace(/`[^`\n]*`/g, '');
  const found = [...own.matchAll(/\]\(([^)\s]+)\)/g), ...own.matchAll(/(?:src|href)="([^"]+)"/g)];
  return found.map(([, target = '']) => target).filter((target) => !/^https?:/.test(target));
}
