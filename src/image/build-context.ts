import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import dockerIgnoreModule from '@balena/dockerignore';
import { EnvironmentError, systemCode } from '../errors.ts';
import { exists } from '../files.ts';

const { default: dockerIgnore } = dockerIgnoreModule;

/**
 * The `runtime/` to build from: that of the first of `roots` in which it has the Dockerfile.
 * @throws EnvironmentError when none has
 */
export async function findBuildContext(
  dockerfile: string,
  roots: readonly string[],
): Promise<string> {
  for (const root of roots) {
    const context = join(root, 'runtime');
    if (await exists(join(context, dockerfile))) return context;
  }
  throw new EnvironmentError(
    `There is no runtime/${dockerfile} to build from in ${roots.join(' or ')}.`,
  );
}

/**
 * What of a folder an engine gets to build from: files, links and folders, but for what its
 * `.dockerignore` leaves out. Relative paths with `/`, sorted.
 */
export async function contextPaths(folder: string): Promise<string[]> {
  const ignore = dockerIgnore({ ignorecase: false }).add(await readIgnoreFile(folder));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .filter((path) => !ignore.ignores(path))
    .map((path) => path.split(sep).join('/'))
    .sort();
}

/**
 * A SHA-256 over the paths and contents of what an engine gets to build from, in hexadecimal digits.
 * Times, owners and permissions have no say, but for whether a file may be executed.
 */
export async function digestContext(folder: string): Promise<string> {
  const described = (await contextPaths(folder)).map(async (path) => {
    const there = join(folder, path);
    const stats = await lstat(there);
    if (stats.isSymbolicLink()) return [path, 'link', await readlink(there)];
    if (!stats.isFile()) return undefined;
    const kind = stats.mode & 0o100 ? 'program' : 'file';
    return [
      path,
      kind,
      createHash('sha256')
        .update(await readFile(there))
        .digest('hex'),
    ];
  });
  const facts = (await Promise.all(described)).filter((it) => it !== undefined);
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

async function readIgnoreFile(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, '.dockerignore'), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw new EnvironmentError(`${folder} can't be read: ${(error as Error).message}.`, [], {
      cause: error,
    });
  }
}
