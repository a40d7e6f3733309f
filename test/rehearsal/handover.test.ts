import { expect, it } from 'vitest';
import { handoverLabel } from '../../src/image/choice.ts';
import { handoverOf } from '../../src/rehearsal/handover.ts';

const able = { labels: { [handoverLabel]: '1' } };
const unable = { labels: {} };
const gibibyte = 2 ** 30;

it.each([
  ['a second core and room', able, {}, 2, 'Docker', 'standby'],
  [
    'room enough for a machine that is played',
    able,
    { memoryBytes: 2 * gibibyte },
    8,
    'Docker',
    'standby',
  ],
  ['one core', able, {}, 1, 'Docker', 'input'],
  ['a machine of little memory', able, { memoryBytes: 2 * gibibyte - 1 }, 8, 'Docker', 'input'],
  ['Podman', able, {}, 8, 'Podman', 'file'],
  ['an image that can not wait', unable, {}, 8, 'Docker', 'file'],
] as const)(
  'with %s the scoring is handed the result as it should',
  (_, image, limits, cores, product, handover) => {
    expect(handoverOf(image, limits, { cores, product })).toBe(handover);
  },
);
