import { PassThrough, Writable } from 'node:stream';
import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import type { VscEvent } from '../../src/progress/events.ts';
import { plainSink } from '../../src/progress/plain.ts';
import { jsonSink, type Sink, writeWhole } from '../../src/progress/sink.ts';
import { terminalSink } from '../../src/progress/terminal.ts';

const kept = () => {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
};

const copying = (completed: number, done = false): Extract<VscEvent, { type: 'progress' }> => ({
  type: 'progress',
  id: 'copy',
  label: 'Copying',
  unit: 'videos',
  completed,
  total: 100,
  done,
});

const finding: Extract<VscEvent, { type: 'finding' }> = {
  type: 'finding',
  finding: {
    severity: 'warning',
    file: 'main.py',
    rule: 'main-missing',
    message: 'there is none',
    fix: 'Write one.',
  },
};

describe('plain', () => {
  it('turns a long progress into a few lines', () => {
    const { stream, text } = kept();
    let time = 0;
    const sink = plainSink(stream, { now: () => time });
    for (let videos = 0; videos < 100; videos++, time += 100) sink.report(copying(videos));
    sink.report(copying(100, true));
    expect(text().split('\n')).toEqual([
      'Copying: 10 of 100 videos',
      'Copying: 25 of 100 videos',
      'Copying: 50 of 100 videos',
      'Copying: 75 of 100 videos',
      'Copying: 100 of 100 videos, done',
      '',
    ]);
  });

  it('tells of the whole only, and now and then while its size is unknown', () => {
    const { stream, text } = kept();
    let time = 0;
    const sink = plainSink(stream, { now: () => time });
    const pulling = { type: 'progress', id: 'pull', label: 'Pulling', unit: 'bytes' } as const;
    for (let second = 0; second <= 70; second++, time += 1000) {
      sink.report({ ...copying(second), part: true });
      sink.report({ ...pulling, completed: second * 1e6 });
    }
    sink.report({ ...pulling, completed: 80e6, total: 80e6, done: true });
    expect(text().split('\n')).toEqual([
      'Pulling: 1 MB',
      'Pulling: 31 MB',
      'Pulling: 61 MB',
      'Pulling: 80 MB of 80 MB, done',
      '',
    ]);
  });

  it('says nothing of what takes a moment', () => {
    const { stream, text } = kept();
    const sink = plainSink(stream, { now: () => 0 });
    sink.report(copying(1));
    sink.report(copying(100, true));
    expect(text()).toBe('');
  });

  it('begins to tell after a second, and goes on after a quarter of the whole', () => {
    const { stream, text } = kept();
    let time = 0;
    const sink = plainSink(stream, { now: () => time });
    const at = (milliseconds: number, completed: number) => {
      time = 5000 + milliseconds;
      sink.report(copying(completed));
    };
    for (const [milliseconds, completed] of [
      [0, 0],
      [999, 1],
      [1000, 2],
      [1001, 24],
      [1002, 25],
      [60_000, 49],
    ]) {
      at(milliseconds ?? 0, completed ?? 0);
    }
    expect(text()).toBe('Copying: 2 of 100 videos\nCopying: 25 of 100 videos\n');
  });

  it('tells of each progress by itself, and of one that has ended when it begins again', () => {
    const { stream, text } = kept();
    let time = 0;
    const sink = plainSink(stream, { now: () => time });
    const both = (completed: number) => {
      sink.report(copying(completed));
      sink.report({ ...copying(completed), id: 'other', label: 'Other' });
    };
    both(0);
    time = 2000;
    both(50);
    expect(text()).toBe('Copying: 50 of 100 videos\nOther: 50 of 100 videos\n');
  });

  it('writes steps, notes and logs as they are', () => {
    const { stream, text } = kept();
    const sink = plainSink(stream);
    for (const type of ['step', 'note'] as const) sink.report({ type, message: `a ${type}` });
    sink.report({ type: 'log', line: 'Step 1/2' });
    sink.close();
    expect(text()).toBe('a step\na note\nStep 1/2\n');
  });

  it('writes findings and warnings without escape codes, and output as it is', async () => {
    const { stream, text } = kept();
    const sink = plainSink(stream);
    sink.report({ type: 'warning', message: 'look' });
    sink.report(finding);
    await sink.output(Buffer.from('\rstep 1'));
    expect(text()).toBe(
      'warning: look\n  warning main.py: there is none [main-missing]\n    fix: Write one.\n\rstep 1',
    );
  });
});

/** What the sinks for people write of what they are told. */
const written = async (tell: (sink: Sink) => void | Promise<void>, inCi = false) => {
  const texts: string[] = [];
  for (const make of [
    (stream: PassThrough) => plainSink(stream, { inCi, now: () => 1 }),
    (stream: PassThrough) => terminalSink(stream, new Chalk({ level: 1 }), { inCi }),
  ]) {
    const { stream, text } = kept();
    const sink = make(stream);
    await tell(sink);
    sink.close();
    texts.push(text());
  }
  return texts;
};

const hostile = '\u001b]0;x\u0007\u009b2J\u202e\u001b[99A';
const shown = '\\x1b]0;x\\x07\\x9b2J\\u202e\\x1b[99A';

describe.each([
  ['step', { type: 'step', message: hostile }],
  ['note', { type: 'note', message: hostile }],
  ['warning', { type: 'warning', message: hostile }],
  ["finding's file", { ...finding, finding: { ...finding.finding, file: hostile } }],
  ["finding's message", { ...finding, finding: { ...finding.finding, message: hostile } }],
  ["finding's fix", { ...finding, finding: { ...finding.finding, fix: hostile } }],
  ['line of a log', { type: 'log', line: hostile }],
  ['label', { ...copying(100, true), label: hostile, total: 100 }],
] as [string, VscEvent][])('a %s', (what, event) => {
  it('does nothing to a terminal', async () => {
    for (const text of await written((sink) => {
      sink.report(event);
      sink.report(event);
    })) {
      // A progress that is short is not told in plain lines.
      if (what !== 'label' || text !== '') expect(text).toContain(shown);
      for (const part of hostile.split(/(?=\u001b)/)) expect(text).not.toContain(part);
    }
  });

  it('does nothing to a CI', async () => {
    const commands = (text: string) =>
      JSON.parse(JSON.stringify(event).replaceAll(JSON.stringify(hostile).slice(1, -1), text));
    for (const command of ['::add-mask::x', '##[add-mask]x'])
      for (const text of await written((sink) => sink.report(commands(command)), true)) {
        expect(text).not.toMatch(/^\s*::|##\[/m);
        if (text !== '') expect(text).toContain('add-mask');
      }
  });
});

describe("a container's output between lines of ours", () => {
  it('can not draw over them, nor hide or colour them', async () => {
    for (const text of await written(async (sink) => {
      sink.report({ type: 'note', message: 'before' });
      await sink.output(Buffer.from('one\ntwo\u001b[A\u001b[8m'));
      sink.report({ type: 'note', message: 'between' });
      await sink.output(Buffer.from('\u001b[9Athree'));
      sink.report({ type: 'note', message: 'after' });
    })) {
      const plain = text.replaceAll(/\u001b\[(2|22)m/g, '');
      expect(plain).toContain('before\none\ntwo\u001b[A\u001b[8m\u001b[0m\u001b[1B\nbetween\n');
      expect(plain).toContain('between\n\\x1b[9Athree\nafter\n');
    }
  });

  it('ends before what comes after the sink', async () => {
    for (const text of await written((sink) => sink.output(Buffer.from('all well\u001b[8m'))))
      expect(text).toContain('all well\u001b[8m\u001b[0m\n');
  });
});

describe('terminal', () => {
  it('colours lines and takes bars down before other text', () => {
    const { stream, text } = kept();
    const sink = terminalSink(stream, new Chalk({ level: 1 }));
    sink.report(copying(40));
    sink.report({ type: 'warning', message: 'look' });
    sink.close();
    expect(text()).toContain('\u001b[33mwarning: look\u001b[39m\n');
  });
});

describe('terminal, by kind', () => {
  const colours = new Chalk({ level: 1 });

  it.each<[VscEvent, string]>([
    [{ type: 'step', message: 'go' }, colours.bold('go')],
    [{ type: 'note', message: 'so' }, colours.dim('so')],
    [{ type: 'warning', message: 'look' }, colours.yellow('warning: look')],
    [{ type: 'log', line: 'as it is' }, 'as it is'],
    [
      finding,
      `  ${colours.yellow('warning')} main.py: there is none ${colours.dim('[main-missing]')}`,
    ],
  ])('%j', (event, line) => {
    const { stream, text } = kept();
    terminalSink(stream, colours).report(event);
    expect(text().split('\n')[0]).toBe(line);
  });

  it('output follows below the bars, which are gone', async () => {
    const { stream, text } = kept();
    const sink = terminalSink(stream, new Chalk({ level: 0 }));
    sink.report(copying(40));
    await sink.output(Buffer.from('said'));
    sink.close();
    expect(text()).toMatch(/Copying ██████████░░░░░░░░░░░░░░ {2}40% 40 of 100 videos\nsaid\n?$/);
  });
});

describe('json', () => {
  it('writes an object a line, and text that was cut inside a letter whole', async () => {
    const { stream, text } = kept();
    const sink = jsonSink(stream);
    sink.report(copying(40));
    const letter = Buffer.from('é');
    await sink.output(letter.subarray(0, 1));
    await sink.output(letter.subarray(1));
    const lines = text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ type: 'progress', completed: 40 });
    expect(
      lines
        .slice(1)
        .map((line) => line.text)
        .join(''),
    ).toBe('é');
  });

  it('writes what can not be seen, and what a CI would obey, as escapes of the same value', async () => {
    const { stream, text } = kept();
    const sink = jsonSink(stream);
    const message = `\ufeff${hostile} ##[add-mask]x\u007f\u0085\u2028\u{e0041}`;
    sink.report({ type: 'note', message });
    await sink.output(Buffer.from(message));
    const lines = text().trimEnd().split('\n');
    for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|##/u);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { type: 'note', message },
      { type: 'output', text: message },
    ]);
  });
});

describe('writeWhole', () => {
  it('takes all of a stream whose reader goes away while it waits', async () => {
    const gone = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => void setImmediate(done, new Error('write EPIPE')),
    });
    gone.on('error', () => {});
    await writeWhole(gone, 'abc');
    expect(gone.destroyed).toBe(true);
    await writeWhole(gone, 'more');
  });

  it('waits for a slow reader, and not for one that is gone', async () => {
    let release = () => {};
    const slow = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => {
        release = done;
      },
    });
    let settled = false;
    const writing = writeWhole(slow, 'abc').then(() => {
      settled = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    release();
    await writing;
    slow.destroy();
    await writeWhole(slow, 'more');
  });
});
