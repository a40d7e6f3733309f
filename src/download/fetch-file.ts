import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { lookAtMp4 } from '../dataset/mp4.ts';
import { localDisk } from '../files.ts';
import { openFile } from '../places.ts';
import { formatBytes, formatCount } from '../progress/format.ts';
import { quoted } from '../progress/visible.ts';
import type { Target } from './choice.ts';
import type { Answer, HttpClient } from './client.ts';
import { patience, statusFault, TransferFault } from './faults.ts';
import { PartialFile, type Remembered } from './partial-file.ts';
import { type TryTools, trying } from './tries.ts';

/** What fetching needs of the world. */
export interface FetchTools extends TryTools {
  readonly client: HttpClient;
  readonly signal: AbortSignal;
  /** Is told how much of the file is there, and of how much where that is known. */
  readonly onProgress: (length: number, total: number | undefined) => void;
}

/** Most bytes of a file whose length nobody says; the longest video has some hundred million. */
const maxUnknown = 4 * 1024 ** 3;

/** Tries for a server that sends something else than the file. */
const contentTries = 3;

/**
 * Fetches a file to `path`, where it appears whole and checked. What an earlier try or process has left
 * is gone on with, where the server can tell that it still is the same file.
 *
 * @throws TransferFault once no try is left; EnvironmentError for this machine's disk; the signal's
 * reason. What has come so far stays beside, to go on with.
 */
export async function fetchFile(target: Target, path: string, tools: FetchTools): Promise<void> {
  const partial = await PartialFile.open(path);
  try {
    const fetch = () => fetchOnce(target, partial, tools);
    await trying(target.url.host, fetch, () => partial.length, tools);
    await partial.publish();
  } finally {
    await partial.close();
  }
}

/** What came is not the file: none of it is of use. */
class WrongContent extends TransferFault {
  constructor(message: string) {
    super(message, { tries: contentTries });
  }
}

async function fetchOnce(target: Target, partial: PartialFile, tools: FetchTools): Promise<void> {
  try {
    const total = isWhole(partial) ? partial.length : await receive(target, partial, tools);
    await check(target, partial, total, tools.signal);
  } catch (error) {
    if (error instanceof WrongContent) await partial.startOver();
    throw error;
  }
}

function isWhole({ length, memory }: PartialFile): boolean {
  return length > 0 && length === memory?.size;
}

/**
 * Asks for the file, or for the rest of it, and writes what comes.
 * @returns the length of the whole file, where the server or the list says it
 */
async function receive(
  target: Target,
  partial: PartialFile,
  tools: FetchTools,
): Promise<number | undefined> {
  const { client, signal, onProgress } = tools;
  const { length, memory } = partial;
  const canGoOn = length > 0 && memory !== undefined && length < (memory.size ?? maxUnknown);
  const range = { range: `bytes=${length}-`, 'if-range': memory?.validator ?? '' };
  const answer = await client.ask('GET', target.url, canGoOn ? range : {}, signal);
  try {
    const total = await beginning(target, partial, answer);
    onProgress(partial.length, total);
    const most = total ?? maxUnknown;
    for await (const chunk of answer.body) {
      if (partial.length + chunk.length > most) throw tooLong(target, most);
      await partial.append(chunk);
      onProgress(partial.length, total);
    }
    if (total === undefined || partial.length === total) return total;
    throw new TransferFault(`${target.url.host} ended after ${sizes(partial.length, total)}`, {
      tries: patience,
      isOfHost: true,
    });
  } finally {
    answer.drop();
  }
}

/**
 * What the answer is the beginning of: the rest of what is there, or the file from its start.
 * @returns the length of the whole file, where it is known
 */
async function beginning(
  target: Target,
  partial: PartialFile,
  { status, headers }: Answer,
): Promise<number | undefined> {
  const { host } = target.url;
  if (status === 416) {
    await partial.startOver();
    throw new TransferFault(`${host} has no such part of the file any more`, { tries: patience });
  }
  if (status !== 200 && status !== 206) {
    throw statusFault(status, host, headers['retry-after'], Date.now());
  }
  const type = String(headers['content-type'] ?? '');
  if (/^(?:text\/html|application\/xhtml)/i.test(type)) {
    throw new TransferFault(webPage(host), { tries: contentTries, isOfHost: true });
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new TransferFault(`${host} sends it compressed, which was not asked for`);
  }
  const total = status === 206 ? rangeTotal(partial, headers, host) : lengthIn(headers);
  if (target.size !== undefined && total !== undefined && total !== target.size) {
    const what = `${host} has ${sizes(total, target.size)} that the list says`;
    throw new TransferFault(what, { tries: contentTries });
  }
  if (total !== undefined && total > maxUnknown) throw tooLong(target, maxUnknown);
  // A server that ignores the range, or has another file by now, sends it from the start.
  if (status === 200) await partial.startOver(memoryOf(headers, total));
  return total ?? target.size;
}

/** @returns the whole length in `Content-Range`, where the range is the one that was asked for */
function rangeTotal(
  partial: PartialFile,
  headers: Answer['headers'],
  host: string,
): number | undefined {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  const whole = total === undefined || total === '*' ? undefined : Number(total);
  const known = partial.memory?.size;
  const isSame = whole === undefined || known === undefined || whole === known;
  if (Number(from) === partial.length && partial.length > 0 && isSame) return whole ?? known;
  throw new WrongContent(`${host} sends another part of the file than was asked for`);
}

function lengthIn(headers: Answer['headers']): number | undefined {
  const text = headers['content-length'];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * What to remember to go on by: a strong entity tag, or a date of change that is older than the answer,
 * so that another change would have another (RFC 9110, 8.8.2.2).
 */
function memoryOf(headers: Answer['headers'], size: number | undefined): Remembered | undefined {
  const { etag, date, 'last-modified': changed } = headers;
  const isOlder = Date.parse(String(date)) - Date.parse(String(changed)) >= 1000;
  const validator = etag?.startsWith('"') ? etag : isOlder ? changed : undefined;
  if (validator === undefined) return undefined;
  return { validator, ...(size !== undefined && { size }) };
}

/** Whether what has come is the file: its length, its sum, and that it is what its name says. */
async function check(
  target: Target,
  partial: PartialFile,
  total: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { size, sum, url } = target;
  const fault = (what: string) => new WrongContent(`what ${url.host} sent ${what}`);
  if (size !== undefined && partial.length !== size) {
    throw fault(`has ${sizes(partial.length, size)} that the list says`);
  }
  if (sum !== undefined) {
    const found = await localDisk(`read ${partial.path}`, () =>
      hashOf(partial, sum.algorithm, signal),
    );
    if (found === sum.hex) return;
    throw fault(
      `has the ${sum.algorithm} sum ${found.slice(0, 12)}…, not ${sum.hex.slice(0, 12)}…`,
    );
  }
  if (partial.length === 0) throw fault('is empty');
  const look = await localDisk(`read ${partial.path}`, () => lookAtMp4(partial.path));
  // Without a length nobody can tell otherwise whether the connection ended early.
  if (look.kind === 'cut-off' && total === undefined) throw fault('is cut off');
  if (look.kind !== 'no-mp4') return;
  if (target.name.endsWith('.mp4'))
    throw fault(`is no MP4 file: it begins with ${quoted(look.begins)}`);
  if (/^(?:\xef\xbb\xbf)?\s*</.test(look.begins)) throw new WrongContent(webPage(url.host));
}

async function hashOf(
  { path }: PartialFile,
  algorithm: string,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline((await openFile(path)).createReadStream(), hash, { signal });
  return hash.digest('hex');
}

const webPage = (host: string) => `${host} sent a web page in the file's place (a login?)`;

const tooLong = ({ url }: Target, most: number) =>
  new WrongContent(`${url.host} sent more than ${formatBytes(most)}`);

const sizes = (found: number, expected: number) =>
  `${formatCount(found)} of the ${formatCount(expected)} bytes`;
