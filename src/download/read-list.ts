import { EnvironmentError, systemCode, UsageError } from '../errors.ts';
import { localDisk } from '../files.ts';
import { openFile } from '../places.ts';
import type { HttpClient } from './client.ts';
import { statusFault, TransferFault } from './faults.ts';
import { type TryTools, trying } from './tries.ts';
import { type ListedFile, listError, parseUrlList, shownUrl } from './url-list.ts';

/** Where a list of URLs is: a file's absolute path, or a URL. */
export type ListSource = { readonly path: string } | { readonly url: URL };

/** Most bytes of a list; the challenge's, of all 105,346 files, has some ten million. */
const maxBytes = 64 * 1024 ** 2;

/** What a list is called in messages. */
export function sourceName(source: ListSource): string {
  return 'url' in source ? shownUrl(source.url) : source.path;
}

/**
 * @throws UsageError for a list that is not there or has faults; EnvironmentError where its server fails;
 * the signal's reason
 */
export async function readUrlList(
  source: ListSource,
  tools: TryTools & { readonly client: HttpClient; readonly signal: AbortSignal },
): Promise<ListedFile[]> {
  const name = sourceName(source);
  const bytes = await ('url' in source ? fetchList(source.url, tools) : readList(source.path));
  if (bytes.length > maxBytes) throw listError(name, ['it is longer than any list']);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw listError(name, ['it is no UTF-8 text']);
  }
  return parseUrlList(name, text, tools.signal);
}

async function readList(path: string): Promise<Buffer> {
  try {
    const file = await openFile(path);
    return await localDisk(`read ${path}`, () => collect(file.createReadStream()));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new UsageError(`There is no list at ${path}.`, ['See --url-list.'], { cause: error });
  }
}

async function fetchList(
  url: URL,
  tools: TryTools & { readonly client: HttpClient; readonly signal: AbortSignal },
): Promise<Buffer> {
  const fetch = async () => {
    const { status, headers, body, drop } = await tools.client.ask('GET', url, {}, tools.signal);
    try {
      if (status !== 200) throw statusFault(status, url.host, headers['retry-after'], Date.now());
      return await collect(body);
    } finally {
      drop();
    }
  };
  try {
    return await trying(url.host, fetch, () => 0, tools);
  } catch (error) {
    if (!(error instanceof TransferFault)) throw error;
    const message = `The list ${shownUrl(url)} can't be fetched: ${error.message}.`;
    throw new EnvironmentError(message, ['Try again later, or give the list as a file.'], {
      cause: error,
    });
  }
}

/** All there is, or a little more than a list may have. */
async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) break;
  }
  return Buffer.concat(chunks);
}
