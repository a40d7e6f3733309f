import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OutputFilter } from '../../src/progress/output-filter.ts';
import { openLog } from '../../src/rehearsal/log.ts';
import { folderWith } from '../support/folder.ts';
import { recorder } from '../support/recorder.ts';

describe('the log of a run', () => {
  it('is on the disk and shown as it comes, and over an earlier one', async () => {
    const folder = await folderWith({ 'log.txt': 'an earlier and longer log' });
    const { reporter, output } = recorder();
    const log = await openLog(join(folder, 'log.txt'), 1000, reporter);
    await log.write(Buffer.from('one\n'));
    expect(await readFile(join(folder, 'log.txt'), 'utf8')).toBe('one\n');
    await log.write(Buffer.from('two \u001b'));
    await log.close();
    expect(await readFile(join(folder, 'log.txt'), 'utf8')).toBe('one\ntwo \\x1b\n');
    expect(output()).toBe('one\ntwo \\x1b\n');
  });

  it('is cut at its limit, with a line that says so, and remembers the end', async () => {
    const folder = await folderWith();
    const { reporter, output } = recorder();
    const log = await openLog(join(folder, 'log.txt'), 10, reporter);
    for (let turn = 0; turn < 100; turn++) await log.write(Buffer.from('flood '));
    await log.close();
    const text = await readFile(join(folder, 'log.txt'), 'utf8');
    expect(text).toBe('flood floo\n[vsc: the log has reached 10 B; the rest is not kept]\n');
    expect(output()).toBe(text);
    expect(log.tail()).toBe(text);
  });

  it.each([
    ['a letter', 'é'],
    ['an escape sequence', '\u001b[1;31m'],
    ['an escape', '\u0007'],
    ['a move', '\n\n\u001b[2A'],
  ])('is cut within %s so that what comes after is not drawn into', async (_, text) => {
    for (let limit = 1; limit < 30; limit++) {
      const folder = await folderWith();
      const { reporter, output } = recorder();
      const log = await openLog(join(folder, 'log.txt'), limit, reporter);
      await log.write(Buffer.from('x'));
      await log.write(Buffer.from(text.repeat(30)));
      await log.close();
      const [before = ''] = output().split('[vsc: the log');
      const filter = new OutputFilter(false);
      expect(`${filter.push(Buffer.from(before))}`).toBe(before);
      expect(`${filter.end()}`).toBe('');
    }
  });

  it('has no secrets in it, on the disk, at the terminal and in what is remembered', async () => {
    const folder = await folderWith();
    const { reporter, output } = recorder();
    const log = await openLog(join(folder, 'log.txt'), 1000, reporter, ['hunter22']);
    for (const chunk of ['key hun', 'ter22\nhunt', 'ed hunter'])
      await log.write(Buffer.from(chunk));
    await log.endOutput();
    await log.write(Buffer.from('22 apart\n'));
    await log.close();
    const text = 'key ***\nhunted hunter\n22 apart\n';
    expect(await readFile(join(folder, 'log.txt'), 'utf8')).toBe(text);
    expect([output(), log.head(), log.tail()]).toEqual([text, text, text]);
  });

  it('of a second container begins below what the first one left, in plain style', async () => {
    const { reporter, output } = recorder();
    const log = await openLog(join(await folderWith(), 'log.txt'), 1000, reporter);
    await log.write(Buffer.from('one\ntwo\u001b[A\u001b[8m'));
    await log.endOutput();
    await log.write(Buffer.from('\u001b[Ascored\n'));
    await log.close();
    expect(output()).toBe('one\ntwo\u001b[A\u001b[8m\u001b[0m\u001b[1B\n\\x1b[Ascored\n');
  });

  it('tells a CI nothing that it would obey', async () => {
    const folder = await folderWith();
    const { reporter, output } = recorder();
    const log = await openLog(join(folder, 'log.txt'), 1000, { ...reporter, inCi: true });
    await log.write(Buffer.from('one\r :'));
    await log.write(Buffer.from(':add-mask::x\n'));
    await log.close();
    expect(output()).toBe('one\r :\\x3aadd-mask::x\n');
    expect(await readFile(join(folder, 'log.txt'), 'utf8')).toBe(output());
  });

  it.each([
    ['hidden \u001b[8m', 'hidden \u001b[8m\u001b[0m\n'],
    ['\u001b[31mred\u001b[0m\n', '\u001b[31mred\u001b[0m\n'],
    ['\u001b[1mbold\u001b[m\n', '\u001b[1mbold\u001b[m\n'],
    ['a\nb\nc\u001b[2A', 'a\nb\nc\u001b[2A\u001b[2B\n'],
  ])('leaves no look and no place behind for what comes after: %j', async (text, expected) => {
    const folder = await folderWith();
    const { reporter, output } = recorder();
    const log = await openLog(join(folder, 'log.txt'), 1000, reporter);
    await log.write(Buffer.from(text));
    await log.close();
    expect(output()).toBe(expected);
  });

  it('of a run that still writes stays its own when another begins', async () => {
    const folder = await folderWith();
    const { reporter } = recorder();
    const first = await openLog(join(folder, 'log.txt'), 1000, reporter);
    await first.write(Buffer.from('the first'));
    const second = await openLog(join(folder, 'log.txt'), 1000, reporter);
    await first.write(Buffer.from(' goes on'));
    await second.write(Buffer.from('2'));
    await Promise.all([first.close(), second.close()]);
    expect(await readFile(join(folder, 'log.txt'), 'utf8')).toBe('2\n');
  });

  it('remembers its first 4 kB and its last 16, however they come', async () => {
    const path = join(await folderWith(), 'log.txt');
    const log = await openLog(path, 1e6, recorder().reporter);
    const lines = Array.from({ length: 3000 }, (_, at) => `line ${at}\n`);
    expect([log.head(), log.tail()]).toEqual(['', '']);
    for (const line of lines) await log.write(Buffer.from(line));
    await log.close();
    const whole = lines.join('');
    expect(await readFile(path, 'utf8')).toBe(whole);
    expect(log.head()).toBe(whole.slice(0, 4096));
    expect(log.tail()).toBe(whole.slice(-16_384));
  });

  it('is kept whole where it ends at the limit', async () => {
    const path = join(await folderWith(), 'log.txt');
    const log = await openLog(path, 4, recorder().reporter);
    await log.write(Buffer.from('all\n'));
    await log.close();
    expect(await readFile(path, 'utf8')).toBe('all\n');
  });

  it('that can not be written is named', async () => {
    const path = join(await folderWith(), 'nowhere', 'log.txt');
    await expect(openLog(path, 4, recorder().reporter)).rejects.toThrow(`Could not write ${path}`);
  });
});
