import { constants, copyFile, link, realpath } from 'node:fs/promises';
import { isSystemError } from '../files.ts';

/** One file on its way. The destination isn't there yet. */
export interface Transfer {
  readonly from: string;
  readonly to: string;
}

/**
 * Makes a hard link; false where the file systems or the rights don't allow one. It links to the file
 * itself where `from` is a symlink: a link to that would dangle in a container.
 */
export async function tryLink({ from, to }: Transfer): Promise<boolean> {
  try {
    await link(await realpath(from), to);
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

/** Makes a hard link or, where none can be made, a copy. Throws the system's errors. */
export async function linkOrCopy(file: Transfer): Promise<void> {
  if (await tryLink(file)) return;
  await copyFile(file.from, file.to, constants.COPYFILE_FICLONE);
}
