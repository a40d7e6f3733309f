import type { NamedResult } from './check.ts';

const marks = {
  unicode: { ok: '✓', warning: '!', failed: '✗', remedy: '→' },
  ascii: { ok: 'ok  ', warning: 'warn', failed: 'FAIL', remedy: '->' },
} as const;

/** The results aligned, each with its remedies below. */
export function renderResults(results: readonly NamedResult[], unicode: boolean): string {
  const mark = unicode ? marks.unicode : marks.ascii;
  const width = Math.max(...results.map(({ name }) => name.length));
  const indent = ' '.repeat(mark.ok.length + width + 3);
  return results
    .flatMap(({ name, status, detail, remedies }) => [
      `${mark[status]} ${name.padEnd(width)}  ${detail.replaceAll('\n', `\n${indent}`)}`,
      ...remedies.map((remedy) => `${indent}${mark.remedy} ${remedy}`),
    ])
    .join('\n');
}

/** Whether a terminal or log with this environment can show more than ASCII. */
export function canShowUnicode(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): boolean {
  if (env.TERM === 'dumb' || env.TERM === 'linux') return false;
  if (platform === 'win32') return env.WT_SESSION !== undefined;
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}
