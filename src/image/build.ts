import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, Readable } from 'node:stream';
import dockerIgnoreModule from '@balena/dockerignore';
import { create } from 'tar/create';
import type { BuildRequest, ContainerEngine, Image } from '../engine/port.ts';
import { EnvironmentError, systemCode, VscError } from '../errors.ts';
import { exists, isSystemError } from '../files.ts';
import { openFile } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import { walk } from '../walk.ts';
import {
  contractLabel,
  dockerfileOf,
  flagsOf,
  type ImageNames,
  isSlim,
  localImage,
  type Variant,
  variantOf,
} from './choice.ts';

const { default: dockerIgnore } = dockerIgnoreModule;

/** How an image of `variant` is built. */
export function planBuild(track: ImageNames, variant: Variant): BuildRequest {
  return {
    dockerfile: dockerfileOf(variant),
    tag: localImage(track, variant),
    arguments: isSlim(variant) ? { VARIANT: variant } : { CPU_OR_GPU: variant },
  };
}

/**
 * Builds from the folder `context`, reporting what is printed line by line, and has the image know
 * which state of the folder it was. @throws BuildFailed
 */
export async function buildImage(
  request: BuildRequest,
  context: string,
  engine: ContainerEngine,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Image> {
  reporter.report({ type: 'step', message: `Building ${request.tag} from ${context}` });
  const labels = { [runtimeLabel]: await digestContext(context) };
  const log = new PassThrough();
  const lines = createInterface({ input: log, crlfDelay: Infinity });
  lines.on('line', (line) => {
    if (line.trim() !== '') reporter.report({ type: 'log', line: line.trimEnd() });
  });
  try {
    const onLog = (text: string) => void log.write(text);
    return await engine.build({ ...request, labels }, await packContext(context), onLog, signal);
  } finally {
    log.end();
    await once(lines, 'close'); // the last line may have no end
  }
}

/**
 * The folder as the tar that an engine builds from, without what its `.dockerignore` leaves out.
 * Owners on this machine stay out, so that they don't cost the engine's cache, which minds no times.
 */
export async function packContext(folder: string): Promise<Readable> {
  const paths = await contextPaths(folder);
  const pack = create(
    { cwd: folder, gzip: { level: 1 }, portable: true, noDirRecurse: true },
    paths.map((path) => `./${path}`), // a bare `@name` would be read as an archive
  );
  return Readable.from(pack as AsyncIterable<Buffer>, { objectMode: false });
}

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
 * `.dockerignore` leaves out, and for names that are not UTF-8, which nothing here could tell the
 * engine. Relative paths with `/`, sorted.
 */
export async function contextPaths(folder: string): Promise<string[]> {
  const ignore = dockerIgnore({ ignorecase: false }).add(await readIgnoreFile(folder));
  const paths: string[] = [];
  for await (const { name } of walk(folder, { lenient: true })) {
    if (!ignore.ignores(name)) paths.push(name);
  }
  return paths.sort();
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
    await using file = await openFile(join(folder, '.dockerignore'));
    return await file.readFile('utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    if (error instanceof EnvironmentError) throw error;
    throw new EnvironmentError(`${folder} can't be read: ${(error as Error).message}.`, [], {
      cause: error,
    });
  }
}

/** The label in which an image keeps the digest of the `runtime/` that it was built from. */
export const runtimeLabel = 'vsc.runtime.digest';

/** Why an image had better be built anew, and the command for it. */
export interface StaleImage {
  /** What is to be said of it: `was built by …`. */
  readonly why: string;
  readonly command: string;
}

/**
 * Whether an image that was built on this machine is from another `runtime/` than `vsc build` would
 * use now. Undefined where it is not, and for images from elsewhere.
 * @param roots folders to look for `runtime/` in, the first that has one counts
 */
export async function findStaleImage(
  { name, image }: { readonly name: string; readonly image: Pick<Image, 'labels'> },
  track: ImageNames,
  roots: readonly string[],
): Promise<StaleImage | undefined> {
  const variant = variantOf(track, name);
  const { [runtimeLabel]: builtFrom, [contractLabel]: contract } = image.labels;
  if (variant === undefined || (builtFrom ?? contract) === undefined) return undefined;
  const command = `vsc build ${flagsOf(variant)}`;
  try {
    const context = await findBuildContext(dockerfileOf(variant), roots);
    if (builtFrom === undefined) {
      return { why: `was built by an older vsc and may not fit ${context}.`, command };
    }
    if (builtFrom === (await digestContext(context))) return undefined;
    return { why: `is older than ${context}, or was built from another one.`, command };
  } catch (error) {
    // No runtime/ to compare with, or none that can be read: that is for "vsc build" to tell.
    if (error instanceof VscError || isSystemError(error)) return undefined;
    throw error;
  }
}

/** Warns of an image that had better be built anew; see `findStaleImage`. */
export async function warnOfStaleImage(
  choice: { readonly name: string; readonly image: Pick<Image, 'labels'> },
  track: ImageNames,
  roots: readonly string[],
  reporter: Reporter,
): Promise<void> {
  const stale = await findStaleImage(choice, track, roots);
  if (stale === undefined) return;
  const message = `${choice.name} ${stale.why} Build it anew: ${stale.command}`;
  reporter.report({ type: 'warning', message });
}
