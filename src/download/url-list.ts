import { UsageError } from '../errors.ts';
import { firstLines } from '../progress/format.ts';
import { quoted, shortened } from '../progress/visible.ts';
import { Pace } from '../turn.ts';

/** What the bytes of a file come to. */
export interface Checksum {
  readonly algorithm: string;
  /** In lower case. */
  readonly hex: string;
}

/** A file that the list offers. */
export interface ListedFile {
  readonly url: URL;
  /** Its own, the last part of the URL's path: `Q100001.mp4`. */
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
  /** Bytes, where the list says so. */
  readonly size?: number;
  readonly sum?: Checksum;
}

/** Algorithms by the digits that their sums have, as `sha256sum` and its like write them. */
const algorithmsByDigits: Readonly<Record<number, string>> = {
  32: 'md5',
  40: 'sha1',
  64: 'sha256',
  128: 'sha512',
};

/** Longest line: signed URLs have some thousand characters. */
const longestLine = 16_384;

const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i;
const sumLine = /^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})[ \t]+\*?(\S+)$/i;

/** A fault in a line: what is wrong, without the URL, which may hold a password. */
class LineFault extends Error {}

/**
 * Reads a list of URLs, a line each: `URL [size] [algorithm:sum]`, in any order after the URL. Empty
 * lines and those that begin with `#` don't count. Lines as `sha256sum` writes them (md5, sha1, sha256,
 * sha512) give the sums of the URLs that end in the same path.
 *
 * @param source what the list is called in messages
 * @throws UsageError with the lines that are wrong; the signal's reason
 */
export async function parseUrlList(
  source: string,
  text: string,
  signal?: AbortSignal,
): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  const sums = new Map<string, { readonly path: string; readonly sum: Checksum }[]>();
  const faults: string[] = [];
  const pace = new Pace(signal);
  let line = 0;
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    line += 1;
    if (pace.isDue) await pace.turn();
    const words = raw.trim();
    if (words === '' || words.startsWith('#')) continue;
    try {
      if (words.length > longestLine) throw new LineFault('it is too long');
      const [, hex, path] = sumLine.exec(words) ?? [];
      if (hex === undefined || path === undefined) files.push(readFileLine(words, line));
      else addSum(sums, hex, path);
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      faults.push(`line ${line}: ${error.message}`);
    }
  }
  if (faults.length > 0) throw listError(source, faults);
  if (files.length === 0) throw listError(source, ['there is no URL in it']);
  return files.map((file) => ({ ...sumOf(file, sums), ...file }));
}

/** The error for a list, told with what is wrong in it. */
export function listError(source: string, faults: readonly string[]): UsageError {
  return new UsageError(`The list ${source} can't be used:\n${firstLines(faults)}`, [
    'A line is: URL [size in bytes] [algorithm:sum]. See "Downloading" in docs/data.md.',
  ]);
}

function readFileLine(words: string, line: number): ListedFile {
  const [address = '', ...details] = words.split(/\s+/);
  if (!isUrl.test(address)) throw new LineFault('neither a URL nor a sum');
  const url = readUrl(address);
  let size: number | undefined;
  let sum: Checksum | undefined;
  for (const detail of details) {
    const [, name, hex] = /^([a-z0-9-]{1,12}):([0-9a-f]+)$/i.exec(detail) ?? [];
    if (/^\d{1,15}$/.test(detail) && size === undefined) size = Number(detail);
    else if (name && hex && sum === undefined) sum = readSum(name, hex);
    else throw new LineFault(`${quoted(detail)} is neither a size nor a sum, or the second one`);
  }
  return {
    url,
    name: nameOf(url),
    line,
    ...(size !== undefined && { size }),
    ...(sum !== undefined && { sum }),
  };
}

function readUrl(address: string): URL {
  const [path = ''] = address.replace(isUrl, '').split(/[?#]/);
  // The parser would take `..` out of the path without a word.
  if (/\\|%5c/i.test(path) || path.split(/\/|%2f/i).some(isDots)) {
    throw new LineFault('its path has ".." or "\\" in it');
  }
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) throw new LineFault('no URL that can be read');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new LineFault(`${url.protocol}//, where only http and https will do`);
  }
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    throw new LineFault('a "%" in its user or password that is none of an escape');
  }
  url.hash = '';
  return url;
}

const isDots = (part: string) => /^(?:\.|%2e){1,2}$/i.test(part);

/** The last part of a URL's path. It is compared with known names and never used as a path itself. */
function nameOf(url: URL): string {
  const part = url.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function readSum(name: string, hex: string): Checksum {
  const algorithm = name.toLowerCase().replace('-', '');
  if (algorithmsByDigits[hex.length] === algorithm) return { algorithm, hex: hex.toLowerCase() };
  const known = Object.values(algorithmsByDigits).join(', ');
  const isKnown = Object.values(algorithmsByDigits).includes(algorithm);
  throw new LineFault(
    isKnown
      ? `${algorithm} sums don't have ${hex.length} digits`
      : `a sum of ${quoted(name)}, where ${known} are known`,
  );
}

function addSum(
  sums: Map<string, { readonly path: string; readonly sum: Checksum }[]>,
  digits: string,
  path: string,
): void {
  const parts = path.replace(/^\.\//, '').split('/');
  if (/\\/.test(path) || parts.some((part) => part === '' || isDots(part))) {
    throw new LineFault(`${quoted(path)} leads out of the folder`);
  }
  const algorithm = algorithmsByDigits[digits.length] ?? '';
  const name = parts.at(-1) ?? '';
  const same = sums.get(name) ?? [];
  sums.set(name, same);
  same.push({ path: parts.join('/'), sum: { algorithm, hex: digits.toLowerCase() } });
}

function sumOf(
  { name, url }: ListedFile,
  sums: ReadonlyMap<string, readonly { readonly path: string; readonly sum: Checksum }[]>,
): { sum?: Checksum } {
  const found = sums.get(name)?.find(({ path }) => url.pathname.endsWith(`/${path}`));
  return found === undefined ? {} : { sum: found.sum };
}

/** A URL as a message may show it: without a password, and without a query, which may be a signature. */
export function shownUrl(url: URL): string {
  return shortened(`${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`, 200);
}
