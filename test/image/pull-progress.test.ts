import { describe, expect, it } from 'vitest';
import type { LayerProgress } from '../../src/engine/port.ts';
import { pullProgress } from '../../src/image/pull.ts';
import type { VscEvent } from '../../src/progress/events.ts';

type Progress = Extract<VscEvent, { type: 'progress' }>;

/** What is reported of these layers' states, one after the other. */
function told(...states: Array<[layer: string, state: LayerProgress['state'], ...number[]]>) {
  const events: VscEvent[] = [];
  const progress = pullProgress((event) => events.push(event));
  for (const [layer, state, completed, total] of states) {
    progress.layer({
      layer,
      state,
      ...(completed !== undefined && { completed }),
      ...(total !== undefined && { total }),
    });
  }
  const bars = () => events.filter((event): event is Progress => event.type === 'progress');
  const last = (id: string) => bars().findLast((event) => event.id === id);
  return { events, progress, last, sum: () => last('pull') };
}

describe('pullProgress', () => {
  it('knows the sum only once every layer has begun', () => {
    const begun = told(['a', 'waiting'], ['b', 'waiting'], ['a', 'downloading', 10, 100]);
    expect(begun.sum()).toMatchObject({ label: '0 of 2 layers', completed: 10 });
    expect(begun.sum()).not.toHaveProperty('total');
    begun.progress.layer({ layer: 'b', state: 'downloading', completed: 1, total: 50 });
    expect(begun.sum()).toMatchObject({ completed: 11, total: 150 });
  });

  it('leaves out what the engine has, and counts it as done', () => {
    const { sum, last } = told(['a', 'present'], ['b', 'downloading', 5, 10]);
    expect(sum()).toMatchObject({ label: '1 of 2 layers', completed: 5, total: 10 });
    expect(last('a')).toBeUndefined();
  });

  it('follows a layer through its states', () => {
    const { last, sum, progress } = told(['a', 'downloading', 5, 10], ['a', 'downloaded']);
    expect(last('a')).toMatchObject({ label: 'a downloaded', completed: 10, total: 10 });
    progress.layer({ layer: 'a', state: 'extracting', completed: 3, total: 10 });
    expect(last('a')).toMatchObject({ label: 'a extracting', completed: 3, total: 10 });
    expect(sum()).toMatchObject({ completed: 10, label: '0 of 1 layers' });
    progress.layer({ layer: 'a', state: 'done' });
    expect(last('a')).toMatchObject({ done: true, part: true });
    expect(sum()).toMatchObject({ label: '1 of 1 layers', done: false });
    progress.end();
    expect(sum()).toMatchObject({ total: 10, done: true });
  });

  it('ends well on engines that tell no sizes', () => {
    const { progress, sum } = told(['a', 'waiting'], ['a', 'downloaded'], ['image', 'downloaded']);
    progress.end();
    expect(sum()).toMatchObject({ completed: 1, total: 1, unit: 'layers', done: true });
  });

  it('warns once when downloads break off', () => {
    const { events } = told(
      ['a', 'downloading', 5, 10],
      ['a', 'retrying'],
      ['b', 'downloading', 5, 10],
      ['a', 'retrying'],
    );
    const warnings = events.filter(({ type }) => type === 'warning');
    expect(warnings).toEqual([
      { type: 'warning', message: expect.stringContaining('layer a broke off') },
    ]);
  });

  it('says nothing of an image that is up to date', () => {
    const { progress, events } = told();
    progress.end();
    expect(events).toEqual([]);
  });
});
