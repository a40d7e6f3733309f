import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface FolderOptions {
  /** Leaves the folder to the caller, for use outside of a test. */
  readonly keep?: boolean;
}

/** A temporary folder holding `files` (path to content), deleted after the test. */
export async function folderWith(
  files: Readonly<Record<string, string | Uint8Array>> = {},
  { keep = false }: FolderOptions = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'vsc-test-'));
  if (!keep) onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}
