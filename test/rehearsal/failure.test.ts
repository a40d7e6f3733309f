import { describe, expect, it } from 'vitest';
import { EnvironmentError, SubmissionFailed } from '../../src/errors.ts';
import { diagnoseFailure, type Failure } from '../../src/rehearsal/failure.ts';
import { parseLimits } from '../../src/rehearsal/limits.ts';

const failure = { stage: 'unpack', kind: 'environment', message: '/data is gone' };
const ended = (change: Partial<Failure>): Failure => ({
  outcome: { exitCode: 3, outOfMemory: false, seconds: 1 },
  report: { stages: [], counts: {}, failure },
  trust: 'until-main',
  head: '',
  tail: '',
  limits: parseLimits({}).container,
  shmBytes: 8 * 2 ** 30,
  log: '/log.txt',
  ...change,
});

describe('what a container says of its own failure', () => {
  it.each([
    ['the scoring', { trust: 'all', head: 'Running main.py for 4 queries\n' } as const],
    ['the code, before it began', { head: 'Unpacked submission.zip: 4 files\n' }],
  ])('is believed of %s', (_, change) => {
    const error = diagnoseFailure(ended(change));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toBe('/data is gone');
  });

  it.each([
    ['the code, once it has begun', { head: 'Unpacked\nRunning main.py for 4 queries\n' }],
    ['an image of somebody else', { trust: 'nothing' } as const],
  ])('is not believed of %s', (_, change) => {
    const error = diagnoseFailure(ended(change));
    expect(error).toBeInstanceOf(SubmissionFailed);
    expect(error.message).toBe('The submission failed: the container exited with code 3.');
  });
});

it.each([
  ['torch.nn', 'torch is in the small image with PyTorch (vsc build --slim --torch)'],
  ['timm', 'timm is in the full images: vsc pull, or vsc build.'],
  ['mmcv', 'mmcv is in no image of the competition'],
])('a missing %s is told where it can be had', (module, where) => {
  const report = { stages: [], counts: {}, mainExitCode: 1 };
  const told = { stage: 'main', kind: 'main-failed', message: 'main.py exited with code 1' };
  const error = diagnoseFailure(
    ended({
      outcome: { exitCode: 1, outOfMemory: false, seconds: 1 },
      report: { ...report, failure: told },
      head: 'Running main.py for 4 queries\n',
      tail: `Traceback\nModuleNotFoundError: No module named '${module}'\nmain.py exited with code 1\n`,
    }),
  );
  expect(error.message).toContain(`ModuleNotFoundError: No module named '${module}'`);
  expect(error.next[0]).toContain(where);
});

describe('the scoring', () => {
  const limits = { memoryBytes: 2e9, diskBytes: 3e9, seconds: 700, pids: 2048 };
  const killed = { exitCode: 137, outOfMemory: true, seconds: 1 };
  const whole = { exitCode: 0, outOfMemory: false, seconds: 1 };
  const causeOf = (outcome: Failure['outcome'], peakMemoryBytes?: number) => {
    const report = { stages: [], counts: {}, ...(peakMemoryBytes && { peakMemoryBytes }) };
    return diagnoseFailure(ended({ trust: 'all', outcome, report, limits }));
  };

  it.each([
    ['memory', killed, 1.99e9, /scoring it took 2 GB of memory, more than any valid set/],
    [
      'memory that the engine saw',
      { ...killed, peakMemoryBytes: 2e9 },
      undefined,
      /of memory, more/,
    ],
    ['memory, told by no flag', { ...killed, outOfMemory: false }, 2e9, /of memory, more/],
    [
      'time',
      { ...whole, stoppedFor: 'seconds' } as const,
      1e6,
      /took (700 s|11 min 40 s), more than/,
    ],
    ['the disk', { ...whole, stoppedFor: 'diskBytes' } as const, 1e6, /wrote 3 GB, more than/],
  ])('that reaches its limit of %s blames the submission', (_, outcome, peak, says) => {
    const error = causeOf(outcome, peak);
    expect(error).toBeInstanceOf(SubmissionFailed);
    expect(error.message).toMatch(says);
    expect(error.message).toMatch(/any valid set of this dataset needs\.$/);
  });

  it.each([
    ['far below its limit', 1e9],
    ['at an unknown size', undefined],
  ])('killed %s is not the fault of the submission', (_, peak) => {
    const error = causeOf(killed, peak);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toBe('The scoring was killed: this machine is out of memory.');
  });

  it('takes nothing that main.py printed for its own words', () => {
    const outcome = { exitCode: 1, outOfMemory: false, seconds: 1 };
    const report = { stages: [], counts: {}, failure: { ...failure, message: 'not valid' } };
    const tail = 'No space left on device\n';
    const error = diagnoseFailure(ended({ trust: 'all', outcome, report, tail }));
    expect(error.message).toBe('The submission failed: not valid.');
  });
});

it('a file that may not grow is the cause, whether or not the watch saw the limit reached', () => {
  const limits = parseLimits({ disk: '64m' }).container;
  const exited = { exitCode: 1, outOfMemory: false, seconds: 2 };
  const tail = 'OSError: [Errno 27] File too large\n';
  const causeOf = (outcome: Failure['outcome']) =>
    diagnoseFailure(ended({ outcome, tail, limits, report: undefined })).message;
  expect(causeOf(exited)).toContain('wrote a file larger than allowed (a file may have 67.1 MB');
  expect(causeOf({ ...exited, stoppedFor: 'diskBytes' })).toBe(causeOf(exited));
});

it('whatever ends a container that was stopped for a limit, the limit is the cause', () => {
  const outcome = { exitCode: 0, outOfMemory: false, seconds: 9, stoppedFor: 'seconds' } as const;
  const error = diagnoseFailure(
    ended({ outcome, limits: parseLimits({ timeLimit: '9s' }).container }),
  );
  expect(error.message).toMatch(/stopped at the time limit of 9(\.0+)? s/);
});

describe('the last line that main.py printed', () => {
  const verdictOn = (tail: string) => {
    const told = { stage: 'main', kind: 'main-failed', message: 'main.py exited with code 5' };
    const report = { stages: [], counts: {}, mainExitCode: 5, failure: told };
    const head = 'Running main.py for 4 queries\n';
    const outcome = { exitCode: 1, outOfMemory: false, seconds: 1 };
    return diagnoseFailure(ended({ outcome, report, head, tail })).message;
  };

  it.each([
    ['no \u001b[31mGPU\u001b[0m\n', 'no GPU'],
    ['one\n50 %\rno GPU\nmain.py exited with code 5\n', 'no GPU'],
    ['exe.\u202egpm \u009b2J\b\n', 'exe.\\u202egpm \\x9b2J\\x08'],
    ['x'.repeat(500), `${'x'.repeat(400)}… (100 more characters)`],
  ])('%j is %s in the verdict', (tail, said) => {
    expect(verdictOn(tail)).toBe(`The submission failed: main.py exited with code 5: ${said}`);
  });

  it.each(['\r', '\u001b', '\u001b[', '\u001b]', ' '])('takes 128 kB of %j in seconds', (unit) => {
    const began = performance.now();
    verdictOn(`${unit.repeat(2 ** 17)}x`);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
