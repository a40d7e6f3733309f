import { appendFile, chmod, stat, symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { extract, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { InputPlacement, tarOfInputs } from '../../src/engine/inputs.ts';
import type { ContainerEngine, ContainerFiles } from '../../src/engine/port.ts';
import { EnvironmentError } from '../../src/errors.ts';
import { bashPlan } from '../support/engine.ts';
import { fakeEngine } from '../support/fake-engine.ts';
import { folderWith } from '../support/folder.ts';
import { placeOddity, specialFiles } from '../support/oddities.ts';
import { quiet, recorder } from '../support/recorder.ts';

type Entry = Pick<Header, 'type' | 'linkname' | 'mode'> & { readonly content: string };

const unpacked = async (tar: NodeJS.ReadableStream) => {
  const entries: Record<string, Entry> = {};
  for await (const entry of tar.pipe(extract())) {
    const { name, type, linkname, mode } = entry.header;
    entries[name] = { type, linkname, mode, content: await text(entry) };
  }
  return entries;
};

const copied = (source: string, signal = quiet) =>
  tarOfInputs([{ source, target: '/data' }], signal);

describe('copying inputs', () => {
  it('copies files and folders, and symlinks as symlinks: nothing from elsewhere gets in', async () => {
    const folder = await folderWith({ 'data/a/file': 'text', 'data/empty': '', secret: 'mine' });
    await chmod(join(folder, 'data/a/file'), 0o600);
    await symlink('a/file', join(folder, 'data/inside'));
    await symlink('../secret', join(folder, 'data/outside'));
    await symlink('data', join(folder, 'itself-a-link'));
    const entries = await unpacked(copied(join(folder, 'itself-a-link')));
    expect(Object.keys(entries).sort()).toEqual([
      'data/',
      'data/a/',
      'data/a/file',
      'data/empty',
      'data/inside',
      'data/outside',
    ]);
    expect(entries['data/a/file']).toMatchObject({ type: 'file', mode: 0o644, content: 'text' });
    expect(entries['data/inside']).toMatchObject({ type: 'symlink', linkname: 'a/file' });
    expect(entries['data/outside']).toMatchObject({ type: 'symlink', content: '' });
  });

  it.each(specialFiles)('fails on %s without opening it', async (what) => {
    const folder = await folderWith({ 'data/file': '' });
    await placeOddity(what, join(folder, 'data/odd'));
    const fault = new EnvironmentError(`${folder}/data/odd is ${what}: it can't be copied in.`);
    await expect(text(copied(join(folder, 'data')))).rejects.toThrow(fault);
  });

  it('says of what is gone that it is, as a fault of this machine', async () => {
    const folder = await folderWith();
    await expect(text(copied(join(folder, 'nothing')))).rejects.toThrow(
      `Could not copy files into the container: no such file (ENOENT, ${folder}/nothing).`,
    );
  });

  it.each([
    ['longer', (path: string) => appendFile(path, 'more')],
    ['shorter', (path: string) => truncate(path, 1_500_000)],
  ])('says of a file that became %s meanwhile that it was changed', async (_, change) => {
    const folder = await folderWith({ 'data/file': 'x'.repeat(2_000_000) });
    const reading = async () => {
      let [bytes, changed] = [0, false];
      for await (const chunk of copied(join(folder, 'data'))) {
        bytes += (chunk as Buffer).length;
        if (bytes < 100_000 || changed) continue;
        changed = true;
        await change(join(folder, 'data/file'));
      }
    };
    await expect(reading()).rejects.toThrow('data/file was changed while it was copied in.');
  });

  it('ends at once when it is interrupted, also while nobody reads', async () => {
    const folder = await folderWith({ 'data/file': 'x'.repeat(2_000_000) });
    const interruption = new AbortController();
    const tar = copied(join(folder, 'data'), interruption.signal);
    const reason = new Error('stop');
    setTimeout(() => interruption.abort(reason), 20);
    const failed = new Promise((resolve) => {
      tar.once('error', resolve).once('readable', () => {});
    });
    expect(await failed).toBe(reason);
  });
});

describe('placing inputs', () => {
  /** An engine whose containers see what is mounted, and what was copied into the last of them. */
  const engine = () => {
    const last: { mounts: string[]; copies: string[] } = { mounts: [], copies: [] };
    const run: ContainerEngine['run'] = async ({ mounts }, io) => {
      last.mounts = mounts.map(({ target }) => target);
      const files: ContainerFiles = {
        async stat(path) {
          const mount = mounts.find(({ target }) => path.startsWith(target));
          const { size, mtimeMs } = await stat(
            path.replace(mount?.target ?? '', mount?.source ?? ''),
          );
          return { bytes: size, modified: mtimeMs };
        },
        put: async (_, tar) => {
          last.copies = Object.keys(await unpacked(tar));
        },
        get: async () => undefined,
      };
      last.copies = [];
      await io.onCreated?.(files);
      return { exitCode: 0, outOfMemory: false, seconds: 0 };
    };
    return { last, engine: { ...fakeEngine(), run } };
  };

  const io = { signal: quiet, onOutput: async () => {} };

  it('mounts what everyone may read', async () => {
    const folder = await folderWith({ 'data/file': 'text' });
    await chmod(folder, 0o755);
    const { last, engine: fake } = engine();
    const { reporter, events } = recorder();
    const inputs = [{ source: join(folder, 'data'), target: '/data' }];
    await new InputPlacement(fake, reporter).run(bashPlan(''), inputs, io);
    expect(last).toEqual({ mounts: ['/data'], copies: [] });
    expect(events).toEqual([]);
  });

  it('takes modes for nothing on Windows, where they say nothing of who may read', async () => {
    const folder = await folderWith({ 'data/file': 'text' });
    await chmod(join(folder, 'data'), 0o600 | 0o066);
    const { last, engine: fake } = engine();
    const { reporter, events } = recorder();
    const inputs = [{ source: join(folder, 'data'), target: '/data' }];
    await new InputPlacement(fake, reporter, 'win32').run(bashPlan(''), inputs, io);
    expect(last).toEqual({ mounts: ['/data'], copies: [] });
    expect(events).toEqual([]);
  });

  it('copies data that are private, and says once why and what avoids it', async () => {
    const folder = await folderWith({ "da'ta/file": 'text', "da'ta/private": 'x'.repeat(1996) });
    const source = join(folder, "da'ta");
    await chmod(join(source, 'private'), 0o600);
    const { last, engine: fake } = engine();
    const { reporter, events } = recorder();
    const placement = new InputPlacement(fake, reporter);
    const inputs = [{ source, target: '/data' }];
    for (const _ of ['first', 'second']) {
      await placement.run(bashPlan(''), inputs, io);
      expect(last).toEqual({ mounts: [], copies: ['data/', 'data/file', 'data/private'] });
    }
    expect(events).toEqual([{ type: 'note', message: expect.any(String) }]);
    const message = events.map((event) => (event.type === 'note' ? event.message : '')).join();
    expect(message).toContain(`Not everyone may read ${source}/private, and`);
    expect(message).toContain(`${source} (2 kB) is copied into each instead of mounted.`);
    expect(message).toContain(`chmod -R o+rX -- '${folder}/da'\\''ta'`);
  });
});
