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
  limits: parseLimits({}),
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

describe('the scoring', () => {
  it('out of memory is not the fault of the submission, which has its limit elsewhere', () => {
    const outcome = { exitCode: 137, outOfMemory: true, seconds: 1 };
    const error = diagnoseFailure(ended({ trust: 'all', outcome, report: undefined }));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toContain('out of memory');
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
  const limits = parseLimits({ disk: '64m' });
  const exited = { exitCode: 1, outOfMemory: false, seconds: 2 };
  const tail = 'OSError: [Errno 27] File too large\n';
  const causeOf = (outcome: Failure['outcome']) =>
    diagnoseFailure(ended({ outcome, tail, limits, report: undefined })).message;
  expect(causeOf(exited)).toContain('wrote a file larger than allowed (a file may have 67.1 MB');
  expect(causeOf({ ...exited, stoppedFor: 'diskBytes' })).toBe(causeOf(exited));
});

it('whatever ends a container that was stopped for a limit, the limit is the cause', () => {
  const outcome = { exitCode: 0, outOfMemory: false, seconds: 9, stoppedFor: 'seconds' } as const;
  const error = diagnoseFailure(ended({ outcome, limits: parseLimits({ timeLimit: '9s' }) }));
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

  it.each(['\r', '\u001b', '\u001b[', '\u001b]', ' '])(
    'takes a megabyte of %j in seconds',
    (unit) => {
      const began = performance.now();
      verdictOn(`${unit.repeat(2 ** 20)}x`);
      expect(performance.now() - began).toBeLessThan(5000);
    },
  );
});
