import { appendFile, open, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, Interrupted } from '../../src/errors.ts';
import { exists } from '../../src/files.ts';
import { type LogOptions, tellLog } from '../../src/running/tell-log.ts';
import { folderWith } from '../support/folder.ts';
import { recorder } from '../support/recorder.ts';

/** A log that is told while a test writes it. */
async function followed(options: Partial<LogOptions> = {}, first?: string) {
  const folder = await folderWith(first === undefined ? {} : { 'log.txt': first });
  const path = join(folder, 'log.txt');
  const { reporter, events } = recorder();
  const interruption = new AbortController();
  let text = '';
  let isRunning = options.follow ?? true;
  let isRead = true;
  let seen = () => {};
  const telling = tellLog(
    {
      path: async () => ((await exists(path)) ? path : undefined),
      isGrowing: async () => isRunning,
    },
    { follow: true, ...options },
    {
      reporter,
      signal: interruption.signal,
      giveOut: async (chunk) => {
        text += Buffer.from(chunk).toString();
        seen();
        return isRead;
      },
    },
  );
  telling.catch(() => {});
  return {
    path,
    events,
    interruption,
    telling,
    text: () => text,
    /** Waits until all of it was told that ends like this. */
    until: (end: string) =>
      new Promise<void>((resolve) => {
        seen = () => text.endsWith(end) && resolve();
        seen();
      }),
    leave: () => (isRead = false),
    async end() {
      isRunning = false;
      return telling;
    },
  };
}

const told = async (text: string, options: Partial<LogOptions> = {}) => {
  const log = await followed({ follow: false, ...options }, text);
  await log.telling;
  return log.text();
};

describe('a log that is there', () => {
  it('is told whole, and how much that is', async () => {
    const log = await followed({ follow: false }, 'one\ntwo\n');
    expect(await log.telling).toEqual({ path: log.path, bytes: 8 });
    expect(log.text()).toBe('one\ntwo\n');
  });

  it.each<[string, number, string]>([
    ['a\nb\nc\n', 2, 'b\nc\n'],
    ['a\nb\nc', 2, 'b\nc\n'],
    ['a\nb\nc\n', 3, 'a\nb\nc\n'],
    ['a\nb\nc\n', 9, 'a\nb\nc\n'],
    ['a\n\n\n', 2, '\n\n'],
    ['a\nb\n', 0, ''],
    ['', 5, ''],
    [`${'x'.repeat(70_000)}\n${'y'.repeat(70_000)}\nz\n`, 2, `${'y'.repeat(70_000)}\nz\n`],
  ])('ends with the lines that are asked for (%#)', async (text, lines, expected) => {
    expect(await told(text, { lines })).toBe(expected);
  });

  it('is not read from its beginning for its last lines', async () => {
    const log = join(await folderWith({ 'log.txt': '' }), 'log.txt');
    await truncate(log, 2 ** 42); // nobody could wait for that
    await appendFile(log, '\nlast but one\nlast\n');
    let text = '';
    await tellLog(
      { path: async () => log, isGrowing: async () => false },
      { follow: false, lines: 2 },
      {
        ...recorder(),
        signal: new AbortController().signal,
        giveOut: async (chunk) => {
          text += Buffer.from(chunk).toString();
          return true;
        },
      },
    );
    expect(text).toBe('last but one\nlast\n');
  });

  it('takes no terminal over, whatever was written into the file', async () => {
    const text = 'a\x1b]0;title\x07b\x1b[2Jc\x9b31m\u202e\x1b[5A\x1b[31mred';
    expect(await told(text)).toBe(
      'a\\x1b]0;title\\x07b\\x1b[2Jc\\x9b31m\\u202e\\x1b[5A\x1b[31mred\x1b[0m\n',
    );
  });

  it('is none where nothing is, and an error where something else is', async () => {
    const log = await followed({ follow: false });
    expect(await log.telling).toBeUndefined();
    const folder = await folderWith();
    const telling = tellLog(
      { path: async () => folder, isGrowing: async () => false },
      { follow: false },
      { ...recorder(), signal: new AbortController().signal, giveOut: async () => true },
    );
    await expect(telling).rejects.toThrow(EnvironmentError);
  });

  it('is no more read once nobody reads it', async () => {
    const log = await followed({}, 'x'.repeat(1e6));
    log.leave();
    await log.telling;
    expect(log.text().length).toBeLessThan(1e6);
  });
});

describe('a log that is followed', () => {
  it('is told as it grows, to the end of the run', async () => {
    const log = await followed({}, 'one\n');
    await log.until('one\n');
    await appendFile(log.path, 'tw');
    await log.until('tw');
    await appendFile(log.path, 'o\nthree');
    await log.end();
    expect(log.text()).toBe('one\ntwo\nthree\n');
  });

  it('waits for the rest of a letter, and of a sequence', async () => {
    const log = await followed({}, '');
    const bytes = Buffer.from('é\x1b[31mred');
    await appendFile(log.path, Buffer.concat([Buffer.from('a'), bytes.subarray(0, 1)]));
    await log.until('a');
    await appendFile(log.path, bytes.subarray(1, 4));
    await log.until('é');
    await appendFile(log.path, bytes.subarray(4));
    await log.until('red');
    await log.end();
    expect(log.text()).toBe('aé\x1b[31mred\x1b[0m\n');
  });

  it('is waited for where a run has not begun it', async () => {
    const log = await followed();
    await writeFile(log.path, 'begun\n');
    await log.until('begun\n');
    await log.end();
    expect(log.text()).toBe('begun\n');
  });

  it('begins with its last lines', async () => {
    const log = await followed({ lines: 1 }, 'one\ntwo\n');
    await log.until('two\n');
    await appendFile(log.path, 'three\n');
    await log.end();
    expect(log.text()).toBe('two\nthree\n');
  });

  it('gives way to that of another run, of which all is told', async () => {
    const log = await followed({ lines: 1 }, 'old\nthe first \x1b[1m');
    await log.until('\x1b[1m');
    const first = await open(log.path, 'a');
    await rm(log.path);
    await first.writeFile('ends');
    await first.close();
    await writeFile(log.path, 'another\nlog\n');
    await log.until('log\n');
    const { bytes } = (await log.end()) ?? {};
    expect(log.text()).toBe('the first \x1b[1mends\x1b[0m\nanother\nlog\n');
    expect(bytes).toBe(log.text().length);
    expect(log.events).toEqual([{ type: 'note', message: 'Another run has begun. Its log:' }]);
  });

  it('begins anew where it was emptied', async () => {
    const log = await followed({}, 'a longer line\n');
    await log.until('line\n');
    await writeFile(log.path, 'short\n');
    await log.until('short\n');
    await log.end();
    expect(log.text()).toBe('a longer line\nshort\n');
  });

  it('is the same where it is moved', async () => {
    const log = await followed({}, 'one\n');
    await log.until('one\n');
    await appendFile(log.path, 'two\n');
    await rename(log.path, `${log.path}.moved`);
    await log.end();
    expect(log.text()).toBe('one\ntwo\n');
  });

  it('ends on Ctrl-C, and leaves no colour behind', async () => {
    const log = await followed({}, '\x1b[32mgreen');
    await log.until('green');
    const reason = new Interrupted('SIGINT');
    log.interruption.abort(reason);
    await expect(log.telling).rejects.toBe(reason);
    expect(log.text()).toBe('\x1b[32mgreen\x1b[0m\n');
  });
});
