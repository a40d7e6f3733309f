import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { EnvironmentError } from '../errors.ts';
import { localDisk } from '../files.ts';
import { openFile, whatIs } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import { formatBytes, formatCount } from '../progress/format.ts';
import { toPaste } from '../progress/shell.ts';
import { slashed } from '../slashed.ts';
import { type Found, walk } from '../walk.ts';
import { MountSourceMissing } from './errors.ts';
import type { ContainerEngine, ContainerFiles, RunIO, RunOutcome, RunPlan } from './port.ts';

/** A file or folder of this machine and where it belongs in a container. */
export interface Input {
  readonly source: string;
  /** An absolute path. */
  readonly target: string;
  /** Never mounted but copied, into a folder that every user of the container may write to. */
  readonly ownFolder?: boolean;
}

/** How much of what a container needs is mounted; the rest is copied in before the start. */
type Mounting = 'everything' | 'folders' | 'nothing';

/**
 * Gets containers their inputs: mounted where the engine sees this machine's files and everyone may
 * read them (the user in the container is another one), else copied in before the start. What was
 * found out for one container holds for the next.
 */
export class InputPlacement {
  readonly #engine: ContainerEngine;
  readonly #reporter: Reporter;
  readonly #hasModes: boolean;
  #mounting: Mounting | undefined;
  /** What is known of the inputs by their sources: what of them is private. */
  readonly #private = new Map<string, Promise<PrivateParts>>();

  /** @param platform on Windows modes say nothing of who may read: the engine's machine reads as it likes */
  constructor(engine: ContainerEngine, reporter: Reporter, platform = process.platform) {
    this.#engine = engine;
    this.#reporter = reporter;
    this.#hasModes = platform !== 'win32';
  }

  /** Runs a plan with its inputs in place, which they are when `io.onCreated` is called. */
  async run(plan: RunPlan, inputs: readonly Input[], io: RunIO): Promise<RunOutcome> {
    const first = await firstMounting(this.#engine);
    this.#mounting ??= first;
    const mounted = await this.#mountable(inputs, this.#mounting, io.signal);
    const copied = inputs.filter((input) => !mounted.includes(input));
    try {
      return await this.#engine.run(withMounts(plan, mounted), {
        onNote: (message) => this.#reporter.report({ type: 'note', message }),
        ...io,
        onCreated: async (files) => {
          await checkMounts(files, mounted);
          if (copied.length > 0) await files.put('/', tarOfInputs(copied, io.signal));
          await io.onCreated?.(files);
        },
      });
    } catch (error) {
      if (!(error instanceof MountSourceMissing) || mounted.length === 0) throw error;
      if (this.#mounting !== 'nothing') {
        this.#mounting = 'nothing';
        const message = "The engine does not see this machine's files: copying them in.";
        this.#reporter.report({ type: 'note', message });
      }
      return this.run(plan, inputs, io);
    }
  }

  /** The inputs that can be mounted: those in a folder of their own and private ones can't. */
  async #mountable(
    inputs: readonly Input[],
    mounting: Mounting,
    signal: AbortSignal,
  ): Promise<Input[]> {
    const found: Input[] = [];
    for (const input of inputs) {
      if (mounting === 'nothing' || input.ownFolder) continue;
      if (mounting === 'folders' && !(await stat(input.source)).isDirectory()) continue;
      const isOpen = !this.#hasModes || !(await this.#isPrivate(input.source, signal));
      if (isOpen) found.push(input);
    }
    return found;
  }

  /** Whether it is for somebody only; of a folder that is told, for much may have to be copied. */
  async #isPrivate(source: string, signal: AbortSignal): Promise<boolean> {
    const known = this.#private.get(source);
    const found = known ?? localDisk(`look into ${source}`, () => findPrivate(source, signal));
    this.#private.set(source, found);
    const parts = await found;
    if (known === undefined && parts.first !== undefined && parts.isFolder) {
      this.#reporter.report({ type: 'note', message: copyingNote(source, parts) });
    }
    return parts.first !== undefined;
  }
}

/** Podman can't tell what a mounted file is, only what is in a mounted folder; so files are copied. */
async function firstMounting(engine: ContainerEngine): Promise<Mounting> {
  const { remote, product } = await engine.info();
  if (remote) return 'nothing';
  return product === 'Podman' ? 'folders' : 'everything';
}

/** The plan with its inputs mounted read-only. */
export function withMounts(plan: RunPlan, inputs: readonly Input[]): RunPlan {
  const mounts = inputs.map(({ source, target }) => ({ source, target, readOnly: true }));
  return { ...plan, mounts };
}

/**
 * Checks in the container's own view that the mounted files are ours, by size and time of change:
 * an engine elsewhere may silently have none, or others under their names. @throws MountSourceMissing
 */
async function checkMounts(files: ContainerFiles, inputs: readonly Input[]): Promise<void> {
  for (const { source, target } of inputs) {
    const witness = (await stat(source)).isDirectory() ? await firstFile(source) : '';
    const ours = await stat(join(source, witness));
    const theirs = await files.stat(posix.join(target, witness));
    const same = Math.abs((theirs?.modified ?? 0) - ours.mtimeMs) < 1000;
    if (!same || theirs?.bytes !== ours.size)
      throw new MountSourceMissing(`${source} is not what is mounted.`);
  }
}

async function firstFile(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.find((entry) => entry.isFile())?.name ?? '';
}

/** What of a file, or of a folder and all that is in it, not every user may read. */
interface PrivateParts {
  readonly isFolder: boolean;
  /** Path of the first of them; undefined where there is none. */
  readonly first: string | undefined;
  readonly count: number;
  /** Of all files, private or not. */
  readonly bytes: number;
}

async function findPrivate(source: string, signal: AbortSignal): Promise<PrivateParts> {
  const stats = await stat(source);
  const isFolder = stats.isDirectory();
  const closed: string[] = [];
  let bytes = 0;
  const look = ({ path, stats }: Omit<Found, 'name'>) => {
    if (stats.isFile()) bytes += stats.size;
    const needed = stats.isDirectory() ? 0o005 : 0o004;
    if ((stats.mode & needed) !== needed) closed.push(path);
  };
  look({ path: source, stats });
  if (isFolder) {
    for await (const found of walk(await realpath(source), { signal, lenient: true })) look(found);
  }
  return { isFolder, first: closed[0], count: closed.length, bytes };
}

function copyingNote(source: string, { first, count, bytes }: PrivateParts): string {
  const others = count === 1 ? '' : ` and ${formatCount(count - 1)} more in it`;
  return [
    `Not everyone may read ${first}${others}, and the code in a container runs as another user:`,
    `${source} (${formatBytes(bytes)}) is copied into each instead of mounted.`,
    `To have it mounted: ${toPaste(source, (it) => `chmod -R o+rX -- ${it}`)}`,
  ].join(' ');
}

/**
 * Inputs as one tar to be unpacked at `/`: theirs are the names and contents, but root owns them and
 * everyone may read them. A source may be a symlink; those inside a folder stay symlinks, so that
 * nothing from elsewhere gets in.
 *
 * The stream fails with an EnvironmentError for what is neither file, folder nor symlink, and for what
 * is changed meanwhile; with the signal's reason.
 */
export function tarOfInputs(inputs: readonly Input[], signal: AbortSignal): Readable {
  const tar = pack();
  const addFolder = (name: string, mode: number) => {
    if (name !== '.') tar.entry({ name: `${name}/`, type: 'directory', mode });
  };
  const add = async (name: string, { path, stats }: Omit<Found, 'name'>): Promise<void> => {
    if (stats.isDirectory()) addFolder(name, 0o755);
    else if (stats.isSymbolicLink()) {
      tar.entry({ name, type: 'symlink', linkname: slashed(await readlink(path)) });
    } else if (stats.isFile()) {
      const file = await openFile(path);
      const { size, mtime } = await file.stat();
      const entry = tar.entry({ name, size, mode: 0o644, mtime });
      await pipeline(file.createReadStream(), ofSize(size, path), entry);
    } else {
      throw new EnvironmentError(`${path} is ${whatIs(stats)}: it can't be copied in.`);
    }
  };
  const fill = async () => {
    for (const { source, target, ownFolder } of inputs) {
      const name = target.replace(/^\//, '');
      addFolder(posix.dirname(name), ownFolder ? 0o777 : 0o755);
      const root = { path: await realpath(source), stats: await stat(source) };
      await add(name, root);
      if (!root.stats.isDirectory()) continue;
      for await (const found of walk(root.path, { signal }))
        await add(`${name}/${found.name}`, found);
    }
    tar.finalize();
  };
  const stream = Readable.from(tar as unknown as AsyncIterable<Buffer>, { objectMode: false });
  const giveUp = (error: Error) => {
    tar.destroy(error);
    stream.destroy(error); // it would notice only when it is read again
  };
  const stop = () => giveUp(signal.reason);
  signal.addEventListener('abort', stop);
  localDisk('copy files into the container', fill)
    .catch(giveUp)
    .finally(() => signal.removeEventListener('abort', stop));
  return stream;
}

/** Passes on what a file holds, which has to be as much as was announced. */
function ofSize(size: number, path: string) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let bytes = 0;
    const check = (fits: boolean) => {
      if (fits) return;
      throw new EnvironmentError(`${path} was changed while it was copied in.`, [], {
        reason: 'changed-inputs',
      });
    };
    for await (const chunk of chunks) {
      bytes += chunk.length;
      check(bytes <= size);
      yield chunk;
    }
    check(bytes === size);
  };
}
