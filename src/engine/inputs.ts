import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { Reporter } from '../progress/events.ts';
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
  #mounting: Mounting | undefined;

  constructor(engine: ContainerEngine, reporter: Reporter) {
    this.#engine = engine;
    this.#reporter = reporter;
  }

  /** Runs a plan with its inputs in place. */
  async run(plan: RunPlan, inputs: readonly Input[], io: RunIO): Promise<RunOutcome> {
    this.#mounting ??= await firstMounting(this.#engine);
    const mounted = await mountable(inputs, this.#mounting);
    const copied = inputs.filter((input) => !mounted.includes(input));
    try {
      return await this.#engine.run(withMounts(plan, mounted), {
        onNote: (message) => this.#reporter.report({ type: 'note', message }),
        ...io,
        onCreated: async (files) => {
          await checkMounts(files, mounted);
          if (copied.length > 0) await files.put('/', tarOfInputs(copied));
        },
      });
    } catch (error) {
      if (!(error instanceof MountSourceMissing) || mounted.length === 0) throw error;
      this.#mounting = 'nothing';
      const message = "The engine does not see this machine's files: copying them in.";
      this.#reporter.report({ type: 'note', message });
      return this.run(plan, inputs, io);
    }
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
    const theirs = await files.stat(join(target, witness));
    const same = Math.abs((theirs?.modified ?? 0) - ours.mtimeMs) < 1000;
    if (!same || theirs?.bytes !== ours.size)
      throw new MountSourceMissing(`${source} is not what is mounted.`);
  }
}

async function firstFile(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.find((entry) => entry.isFile())?.name ?? '';
}

/** The inputs that can be mounted: those in a folder of their own and private ones can't. */
async function mountable(inputs: readonly Input[], mounting: Mounting): Promise<Input[]> {
  const found: Input[] = [];
  for (const input of inputs) {
    if (mounting === 'nothing' || input.ownFolder) continue;
    if (mounting === 'folders' && !(await stat(input.source)).isDirectory()) continue;
    if (await everyoneMayRead(input.source)) found.push(input);
  }
  return found;
}

/** Whether a file, or a folder and all that is in it, is open to every user. */
async function everyoneMayRead(path: string): Promise<boolean> {
  const stats = await stat(path);
  if (!stats.isDirectory()) return (stats.mode & 0o004) !== 0;
  if ((stats.mode & 0o005) !== 0o005) return false;
  for (const name of await readdir(path)) {
    if (!(await everyoneMayRead(join(path, name)))) return false;
  }
  return true;
}

/**
 * Inputs as one tar to be unpacked at `/`: theirs are the names and contents, but root owns them and
 * everyone may read them. Links count as what they point to.
 */
export function tarOfInputs(inputs: readonly Input[]): Readable {
  const tar = pack();
  const addFolder = (name: string, mode: number) => {
    if (name !== '.') tar.entry({ name: `${name}/`, type: 'directory', mode });
  };
  const add = async (source: string, name: string): Promise<void> => {
    const stats = await stat(source);
    if (stats.isFile()) {
      const entry = tar.entry({ name, size: stats.size, mode: 0o644, mtime: stats.mtime });
      await pipeline(createReadStream(source), entry);
    } else if (stats.isDirectory()) {
      addFolder(name, 0o755);
      const children = (await readdir(source)).sort();
      for (const child of children) await add(join(source, child), `${name}/${child}`);
    }
  };
  const fill = async () => {
    for (const { source, target, ownFolder } of inputs) {
      const name = target.replace(/^\//, '');
      addFolder(join(name, '..'), ownFolder ? 0o777 : 0o755);
      await add(source, name);
    }
    tar.finalize();
  };
  fill().catch((error: Error) => tar.destroy(error));
  return Readable.from(tar as unknown as AsyncIterable<Buffer>, { objectMode: false });
}
