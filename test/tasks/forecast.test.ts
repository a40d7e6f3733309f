import { expect, it } from 'vitest';
import { forecastLines } from '../../src/tasks/forecast.ts';

const needs = { cores: 1, gpus: 0 };
const slurm = { name: 'Slurm' };

it.each([
  [
    'nothing to go by',
    forecastLines({ tasks: 480, done: 0, secondsLeft: null }, { needs, atOnce: 2 }, slurm, 'shard'),
    [
      'Tasks: 480 to run on Slurm, 2 at a time; each asks for 1 core',
      'Estimate: none before a shard is done; one is enough, if this is asked again then.',
    ],
  ],
  [
    'some that are done, and all that is asked for',
    forecastLines(
      { tasks: 480, done: 80, secondsLeft: 7200 },
      {
        needs: { cores: 2, gpus: 1, memoryBytes: 4e9, seconds: 1800 },
        atOnce: 20,
      },
      slurm,
      'shard',
    ),
    [
      'Tasks: 400 to run on Slurm, 20 at a time; each asks for 2 cores, 4 GB of memory, 1 GPU, 30 min of time',
      'Estimate: 6 min, by those that are done',
    ],
  ],
  [
    'fewer left than may run at a time',
    forecastLines({ tasks: 9, done: 8, secondsLeft: 60 }, { needs, atOnce: 20 }, slurm, 'shard'),
    [
      'Tasks: 1 to run on Slurm, 20 at a time; each asks for 1 core',
      'Estimate: 1 min, by those that are done',
    ],
  ],
  [
    'nobody knows how many at a time',
    forecastLines({ tasks: 9, done: 1, secondsLeft: 7200 }, { needs }, slurm, 'submission'),
    [
      'Tasks: 8 to run on Slurm, as many at a time as there is room for; each asks for 1 core',
      'Estimate: 2 h 00 min in all, to be divided by how many run at a time',
    ],
  ],
  [
    'nothing left',
    forecastLines({ tasks: 9, done: 9, secondsLeft: 0 }, { needs, atOnce: 1 }, slurm, 'shard'),
    ['Tasks: 0 to run on Slurm, 1 at a time; each asks for 1 core', 'Nothing is left to do.'],
  ],
])('forecasts with %s', (_, lines, expected) => {
  expect(lines).toEqual(expected);
});
