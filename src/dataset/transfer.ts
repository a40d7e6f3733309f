import { constants, copyFile, link, realpath, rm } from 'node:fs/promises';
import { eachOf } from '../pool.ts';
import { isSystemError } from '../system-errors.ts';

/** One file on its way. The destination isn't there yet. */
export interface Transfer {
  readonly from: string;
  readonly to: string;
}

/** How files get there: `clone` (reflink) and `link` (hard link) take no room on the disk. */
export type TransferMethod = 'clone' | 'copy' | 'link';

/**
 * Finds out by trying it on `sample` what the two file systems can do; leaves nothing behind.
 *
 * @param preferLink takes hard links if they work
 */
export async function chooseMethod(sample: Transfer, preferLink: boolean): Promise<TransferMethod> {
  const { from, to } = sample;
  try {
    if (preferLink && (await tryLink(sample))) return 'link';
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
    return 'clone';
  } catch {
    return 'copy';
  } finally {
    await rm(to, { force: true });
  }
}

/**
 * Brings all `files` over, four at a time. A file that can't be linked is copied.
 *
 * @param onFile called after each
 * @returns how many were hard-linked
 * @throws the system's error, or the signal's reason, once no copy is under way any more
 */
export async function transferAll(
  files: readonly Transfer[],
  method: TransferMethod,
  onFile: () => void,
  signal: AbortSignal,
): Promise<number> {
  let linked = 0;
  const bring = async (file: Transfer) => {
    if (method === 'link' && (await tryLink(file))) linked++;
    else await copyFile(file.from, file.to, constants.COPYFILE_FICLONE);
    onFile();
  };
  await eachOf(files, bring, signal);
  return linked;
}

/** Links to the file itself where `from` is a symlink: a link to that would dangle in the container. */
async function tryLink({ from, to }: Transfer): Promise<boolean> {
  try {
    await link(await realpath(from), to);
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}
