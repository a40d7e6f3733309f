import { EnvironmentError, SubmissionFailed, systemCode, VscError } from '../errors.ts';
import { shortened } from '../progress/visible.ts';
import { type ArchivedFile, readTarGz } from '../tar-gz.ts';
import { turn } from '../turn.ts';
import type { Metric, TableReader } from './metric.ts';

/** Most characters of what the reader of archives says. */
const maxReason = 300;

/** Both results of a submission. */
export interface Results<Table> {
  readonly full: Table;
  readonly subset: Table;
}

/**
 * Reads both results out of a result archive, to their last line; stops at the first thing that is wrong.
 * @throws SubmissionFailed that says which file and line is wrong
 * @throws EnvironmentError that names the command to run where there is no archive
 */
export async function readResults<Table>(
  path: string,
  metric: Pick<Metric<Table, unknown, unknown>, 'files' | 'reader'>,
  signal?: AbortSignal,
): Promise<Results<Table>> {
  try {
    const readers = await readEntries(path, metric, signal);
    const tableOf = (name: string) => {
      const reader = readers.get(name);
      if (reader === undefined) throw failed(`${path} has no ${name}.`);
      return reader.end();
    };
    const full = tableOf(metric.files.full);
    await turn(signal);
    return { full, subset: tableOf(metric.files.subset) };
  } catch (error) {
    if (error instanceof VscError) throw error;
    signal?.throwIfAborted();
    if (systemCode(error) === 'ENOENT') {
      const next = ['Run "vsc test-submission": it leaves them there.'];
      throw new EnvironmentError(`There are no results at ${path}.`, next, { cause: error });
    }
    const why = shortened(error instanceof Error ? error.message : String(error), maxReason);
    throw failed(`${path} can't be read: ${why}.`, error);
  }
}

/** Feeds both results to readers, as they are unpacked; nothing is held. */
async function readEntries<Table>(
  path: string,
  { files, reader: readerOf }: Pick<Metric<Table, unknown, unknown>, 'files' | 'reader'>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, TableReader<Table>>> {
  const names = [files.full, files.subset];
  const readers = new Map<string, TableReader<Table>>();
  const onFile = ({ path: name }: ArchivedFile) => {
    if (!names.includes(name)) return undefined;
    if (readers.has(name)) throw failed(`${path} has ${name} twice.`);
    const reader = readerOf(name, failed);
    readers.set(name, reader);
    return (chunk: Buffer) => reader.push(chunk);
  };
  await readTarGz(path, onFile, signal);
  return readers;
}

function failed(message: string, cause?: unknown): SubmissionFailed {
  return new SubmissionFailed(message, [], { cause, reason: 'broken-results' });
}
