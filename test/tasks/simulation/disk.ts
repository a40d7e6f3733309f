import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type { Machines, Process } from './processes.ts';

const real = { ...fs };

/** What one machine has given its place, and since when the others see it. */
interface Published {
  readonly host: string;
  readonly seenFrom: number;
}

/**
 * The file system that all machines share: the real one, but that its calls are steps of a process, that a
 * machine's disk may be full, and that the others see a little later what one has put in its place. Calls of
 * the test itself are as ever.
 */
export class SharedDisk {
  readonly full = new Set<string>();
  /** Milliseconds after which others see what is put in its place. */
  delay: () => number = () => 0;
  onRename: (process: Process, to: string) => void = () => {};
  readonly #machines: Machines;
  readonly #published = new Map<string, Published>();

  constructor(machines: Machines) {
    this.#machines = machines;
    const calls = {
      mkdir: this.#writing('mkdir', real.mkdir),
      link: this.#writing('link', real.link),
      writeFile: this.#writing('writeFile', real.writeFile),
      open: this.#open.bind(this),
      rename: this.#rename.bind(this),
      rm: this.#rm.bind(this),
      readFile: this.#readFile.bind(this),
      readdir: this.#readdir.bind(this),
    };
    Object.assign(fs, calls);
    syncBuiltinESMExports();
  }

  [Symbol.dispose](): void {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  }

  /** Whether a process on this machine sees what is there. */
  sees(host: string, path: string): boolean {
    return existsSync(path) && !this.#isHidden(host, path);
  }

  #isHidden(host: string, path: string): boolean {
    for (let at = path; at !== dirname(at); at = dirname(at)) {
      const published = this.#published.get(at);
      if (published !== undefined && published.host !== host) {
        return this.#machines.now < published.seenFrom;
      }
    }
    return false;
  }

  async #call<Result>(does: string, path: string, call: () => Promise<Result>): Promise<Result> {
    const process = this.#machines.current;
    if (process === undefined) return call();
    await this.#machines.step(does, path);
    return this.#counted(process, call);
  }

  async #counted<Result>(process: Process, call: () => Promise<Result>): Promise<Result> {
    process.underWay += 1;
    try {
      return await call();
    } finally {
      process.underWay -= 1;
    }
  }

  #requireRoom(path: string): void {
    const { current } = this.#machines;
    if (current === undefined || !this.full.has(current.host)) return;
    throw Object.assign(new Error(`ENOSPC: no space left on device, write '${path}'`), {
      errno: -28,
      code: 'ENOSPC',
      path,
    });
  }

  #writing<Args extends readonly unknown[]>(
    does: string,
    call: (...args: [...Args]) => Promise<unknown>,
  ) {
    return (...args: Args) =>
      this.#call(does, String(args[0]), async () => {
        this.#requireRoom(String(args[0]));
        return call(...args);
      });
  }

  async #open(path: string, flags?: string | number, mode?: number) {
    if (flags !== 'wx') return real.open(path, flags, mode);
    const file = await this.#call('open', path, async () => {
      this.#requireRoom(path);
      await real.writeFile(path, '', { flag: 'wx' });
    });
    return {
      ...Object(file),
      writeFile: async (text: string) => {
        await this.#machines.step('write', path, undefined, () => {
          if (existsSync(path)) writeFileSync(path, text.slice(0, text.length / 2));
        });
        this.#requireRoom(path);
        await real.writeFile(path, text);
      },
      sync: async () => {},
      close: async () => {},
    };
  }

  async #rename(from: string, to: string): Promise<void> {
    await this.#call('rename', to, async () => {
      const process = this.#machines.current;
      await real.rename(from, to);
      if (process === undefined) return;
      const { host } = process;
      this.#published.set(to, { host, seenFrom: this.#machines.now + this.delay() });
      this.onRename(process, to);
    });
  }

  async #rm(path: string, options?: Parameters<typeof real.rm>[1]): Promise<void> {
    const process = this.#machines.current;
    if (process === undefined) return real.rm(path, options);
    await this.#machines.step('rm', path, undefined, () => {
      // In no order that anybody could count on.
      if (!existsSync(path) || !options?.recursive) return;
      for (const name of readdirSync(path).slice(0, 1)) {
        rmSync(join(path, name), { recursive: true });
      }
    });
    await this.#counted(process, () => real.rm(path, options));
    for (const at of this.#published.keys()) {
      if (at === path || at.startsWith(path + sep)) this.#published.delete(at);
    }
  }

  async #readFile(path: string, options?: Parameters<typeof real.readFile>[1]) {
    const process = this.#machines.current;
    if (process === undefined) return real.readFile(path, options);
    await this.#sometimes('readFile', path);
    if (this.#isHidden(process.host, path))
      throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    return this.#counted(process, () => real.readFile(path, options));
  }

  async #readdir(path: string, options?: { readonly recursive: boolean }) {
    const process = this.#machines.current;
    if (process === undefined) return real.readdir(path, options);
    await this.#sometimes('readdir', path);
    const names = await this.#counted(process, () => real.readdir(path));
    return names.filter((name) => !this.#isHidden(process.host, join(path, name)));
  }

  /** What only reads is a step of its own now and then: it makes no difference where it is not. */
  async #sometimes(does: string, path: string): Promise<void> {
    if (this.#machines.chance.is(0.1)) await this.#machines.step(does, path);
  }
}

/** What is in a file, undefined where it is not there. */
export function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
