import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

type Files = Readonly<Record<string, string | Uint8Array>>;

/** A temporary folder holding `files` (path to content), deleted after the test. */
export async function folderWith(files: Files = {}): Promise<string> {
  const folder = await keptFolderWith(files);
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** As `folderWith`, for whoever deletes it. */
export async function keptFolderWith(files: Files = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vsc-test-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}
