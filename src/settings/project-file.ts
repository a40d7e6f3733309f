import { isUtf8 } from 'node:buffer';
import { lstat } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { systemCode, UsageError } from '../errors.ts';
import { localDisk } from '../files.ts';
import { didYouMean } from '../nearest.ts';
import { openFile } from '../places.ts';
import { firstLines, formatBytes } from '../progress/format.ts';
import { quoted } from '../progress/visible.ts';
import { environmentOnly, variables } from './variables.ts';

/** The settings of a project, as its `vsc.env` has them. */
export interface ProjectFile {
  readonly path: string;
  /** By the name of their variable: the text, and the line that it stands in, the first being 1. */
  readonly settings: ReadonlyMap<string, { readonly text: string; readonly line: number }>;
}

/** All settings with their descriptions take 1.3 kB. */
const maxBytes = 64 * 1024;

const known = Object.values(variables).map(({ name }) => name);

/**
 * Reads a project's settings; one without such a file has none. Whether a value is allowed is seen
 * where it is used.
 * @throws UsageError that names the file and every line that is no setting, and the nearest known one
 * @throws EnvironmentError for what is no file or can't be read
 */
export async function readProjectFile(path: string): Promise<ProjectFile> {
  const bytes = await localDisk(`read ${path}`, () => bytesOf(path));
  if (bytes.length > maxBytes) {
    throw unreadable(`${path} has more than ${formatBytes(maxBytes)}.`);
  }
  if (!isUtf8(bytes) || bytes.includes(0)) {
    throw unreadable(`${path} is no text in UTF-8.`);
  }
  const lines = bytes
    .toString()
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/);
  const settings = new Map<string, { text: string; line: number }>();
  const faults: string[] = [];
  for (const [index, text] of lines.entries()) {
    const read = readLine(text);
    const line = index + 1;
    const before = typeof read === 'object' ? settings.get(read.name)?.line : undefined;
    if (typeof read === 'string') faults.push(`line ${line}: ${read}`);
    else if (before !== undefined) {
      faults.push(`line ${line}: ${read?.name} is set in line ${before} already.`);
    } else if (read !== undefined) settings.set(read.name, { text: read.text, line });
  }
  if (faults.length > 0) throw unreadable(`${path} is not right:\n${firstLines(faults)}`);
  return { path, settings };
}

/** The file's bytes, one more than allowed at most; none where there is no file. */
async function bytesOf(path: string): Promise<Buffer> {
  try {
    const file = await openFile(path);
    const chunks: Buffer[] = [];
    for await (const chunk of file.createReadStream({ end: maxBytes })) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (error) {
    // A link to nowhere is meant to be settings.
    const isThere = await lstat(path).catch(() => undefined);
    if (systemCode(error) === 'ENOENT' && isThere === undefined) return Buffer.alloc(0);
    throw error;
  }
}

/** A line's setting, or in words what is wrong with it; undefined for an empty one and a comment. */
function readLine(
  line: string,
): { readonly name: string; readonly text: string } | string | undefined {
  if (/^\s*(#|$)/.test(line)) return undefined;
  // One line at a time: the parser tells no line numbers, and takes no notice of what it can't read.
  // It needs the end of the line: without one, that of Node 20 reads `A=b # c` another way.
  const [setting] = Object.entries(parseEnv(`${line}\n`));
  // Before Node 26 it takes no notice of this name either.
  if (setting === undefined || setting[0] === '__proto__') {
    return `${quoted(line)} is no NAME=value.`;
  }
  const [name, text = ''] = setting;
  if (environmentOnly.includes(name)) return `${name} is read from the environment only.`;
  if (!known.includes(name)) {
    const question = didYouMean(name.toUpperCase(), known);
    return `there is no setting ${quoted(name)}.${question}`;
  }
  return /^["'`]/.test(text) ? `${name} has a quote that is not closed.` : { name, text };
}

function unreadable(message: string): UsageError {
  return new UsageError(message, [
    `A line of it sets one of these, as NAME=value: ${known.join(', ')}.`,
  ]);
}

/** A new project's settings: those given, by name, and all others as comments with an allowed value. */
export function projectFileText(given: Readonly<Record<string, string>>): string {
  const settings = Object.values(variables).map((variable) => {
    const { name, description, values, fallback } = variable;
    const [allowed, example] =
      typeof values === 'string' ? [values, ''] : [values.join(', '), values[0] ?? ''];
    const set = given[name];
    const line = set === undefined ? `#${name}=${fallback ?? example}` : `${name}=${set}`;
    return `# ${description}: ${allowed}\n${line}\n`;
  });
  return [`${head}\n`, ...settings].join('\n');
}

const head = `# The settings of this project, a NAME=value a line. A flag and a variable of the environment come
# before what is set here. "vsc" prints what holds, and where it comes from.`;
