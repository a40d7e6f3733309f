import type { ProjectFile } from '../../src/settings/project-file.ts';

/** A project's settings as if they had been read, a line each, from `/project/vsc.env`. */
export function projectFileWith(texts: Readonly<Record<string, string>> = {}): ProjectFile {
  const lines = Object.entries(texts).map(
    ([name, text], index) => [name, { text, line: index + 1 }] as const,
  );
  return { path: '/project/vsc.env', settings: new Map(lines) };
}
