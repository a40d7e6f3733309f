import { posix } from 'node:path';

const LONGEST_SHOWN = 120;

/** A name out of a submission, fit for a terminal: no control characters, not too long. */
export function shownName(name: string): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
  return plain.length > LONGEST_SHOWN ? `${plain.slice(0, LONGEST_SHOWN)}…` : plain;
}

/** The folders that a file is in, innermost first. */
export function foldersAbove(name: string): readonly string[] {
  const above: string[] = [];
  for (let folder = posix.dirname(name); folder !== '.' && folder !== '/'; ) {
    above.push(folder);
    folder = posix.dirname(folder);
  }
  return above;
}
