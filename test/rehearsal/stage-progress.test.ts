import { describe, expect, it } from 'vitest';
import { stageProgress } from '../../src/rehearsal/stage-progress.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { recordedProject } from '../support/recorded.ts';
import { recorder } from '../support/recorder.ts';

const told = (fields: object) =>
  `${JSON.stringify({ stage: 'search_full', completed: 10, total: 40, ...fields })}\n`;

/** What comes of a stderr that arrives in these pieces. */
async function read(...pieces: readonly string[]) {
  const { reporter, events, output } = recorder();
  const { stages } = descriptorTrack.run;
  const progress = stageProgress(stages, reporter, reporter.output);
  for (const piece of pieces) await progress.write(Buffer.from(piece));
  const report = await progress.end();
  return { events, log: output(), report };
}

describe('how far the scoring is', () => {
  it('moves a bar with an estimate, and none of it is in the log', async () => {
    const { events, log } = await read(
      told({ seconds_left: 12.5 }),
      told({ completed: 40, done: true }),
    );
    const bar = {
      type: 'progress',
      id: 'stage search_full',
      label: 'Search, full set',
      unit: 'references',
      total: 40,
    };
    expect(events).toEqual([
      { ...bar, completed: 10, done: false, secondsLeft: 12.5 },
      { ...bar, completed: 40, done: true },
    ]);
    expect(log).toBe('');
  });

  it('is read whatever pieces it comes in', async () => {
    const text = told({}) + told({ completed: 20 });
    const whole = await read(text);
    expect(whole.events).toHaveLength(2);
    expect(await read(...text)).toEqual(whole);
  });

  it('says when the search begins anew', async () => {
    const { events } = await read(told({ again: true }));
    expect(events).toMatchObject([{ detail: 'once more, with a lower threshold' }]);
  });

  it.each([
    ['another line', 'tee: /x: No space left on device\n'],
    ['a line without its end', 'Killed'],
    ['JSON that is none of ours', '{"stage":"search_full"}\n[]\nnull\n'],
    ['a number that is none', told({ completed: 'x' })],
    ['a line that does not end', 'x'.repeat(600_000)],
  ])('leaves %s to the log', async (_, text) => {
    const told = await read(...(text.match(/.{1,300}|\n/g) ?? []));
    expect(told).toEqual({ events: [], log: text, report: undefined });
  });

  it('ends with the report, which is in no log', async () => {
    const report = { version: 1, failure: 'x'.repeat(300_000) };
    const text = `${told({})}${JSON.stringify({ report })}\n`;
    const { events, log, report: kept } = await read(...(text.match(/.{1,65536}|\n/g) ?? []));
    expect([events.length, log]).toEqual([1, '']);
    expect(JSON.parse(kept ?? '')).toEqual(report);
  });
});

describe('a rehearsal', () => {
  const report = { version: 1, stages: [{ name: 'told', seconds: 7 }], counts: {} };
  const line = `${told({})}${JSON.stringify({ report })}\n`;
  const stages = (says: Parameters<typeof recordedProject>[1]) => recordedProject(undefined, says);
  const bars = (events: readonly { readonly type: string }[]) =>
    events.filter(({ type }) => type === 'progress');

  it('takes from what its scoring says on stderr how far that is, and its report', async () => {
    const { events, recording } = await stages({ says: { score: { stderr: line } } });
    const { facts } = await recording;
    expect(bars(events)).toHaveLength(1);
    expect(facts.report?.stages).toContainEqual(report.stages[0]);
  });

  it.each([
    ['the scoring on stdout, where ids of the submission may stand', 'score', 'stdout'],
    ['the code on stdout', 'execute', 'stdout'],
    ['the code on stderr', 'execute', 'stderr'],
  ] as const)('takes the same of %s for output', async (_, container, source) => {
    const { events, recording, output } = await stages({
      says: { [container]: { [source]: line } },
    });
    const { facts } = await recording;
    expect(bars(events)).toEqual([]);
    expect(facts.report?.stages).not.toContainEqual(report.stages[0]);
    expect(output()).toContain(line);
  });
});
