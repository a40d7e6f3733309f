import { describe, expect, it } from 'vitest';
import type { Cause } from '../../src/causes.ts';
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
    expect(error.reason).toBe('scoring-limit');
  });

  it.each([
    ['far below its limit', 1e9],
    ['at an unknown size', undefined],
  ])('killed %s is not the fault of the submission', (_, peak) => {
    const error = causeOf(killed, peak);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toBe('The scoring was killed: this machine is out of memory.');
    expect(error.reason).toBe('machine-memory');
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

it('a smoke test that ran out of time says that this is no fault by itself, and the ways on', () => {
  const outcome = {
    exitCode: 143,
    outOfMemory: false,
    seconds: 120,
    stoppedFor: 'seconds',
  } as const;
  const limits = parseLimits({ timeLimit: '2m' }).container;
  const { message, next, reason } = diagnoseFailure(ended({ outcome, limits, smoke: true }));
  expect(message).toMatch(/stopped at the time limit of/);
  expect(reason).toBe('time-limit');
  expect(next.join('\n')).toContain('vsc test-submission --official-limits');
  const whole = diagnoseFailure(ended({ outcome, limits }));
  expect(whole.next).toEqual(['The whole output is in /log.txt.']);
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

describe('the cause of a container that ran code', () => {
  const limits = { memoryBytes: 2e9, diskBytes: 3e9, seconds: 700, pids: 64 };
  const main = (code: number) => ({ stages: [], counts: {}, mainExitCode: code });
  const exited = (exitCode: number, change: Partial<Failure['outcome']> = {}) => ({
    outcome: { exitCode, outOfMemory: false, seconds: 1, ...change },
  });
  const stoppedFor = (reason: NonNullable<Failure['outcome']['stoppedFor']>) =>
    exited(137, { stoppedFor: reason });
  const told = (kind: string, message: string, mainExitCode?: number) => ({
    report: {
      stages: [],
      counts: {},
      failure: { stage: 'main', kind, message },
      ...(mainExitCode !== undefined && { mainExitCode }),
    },
  });
  const begun = { head: 'Running main.py for 4 queries\n' };
  const outOfMemory = { outOfMemory: true };
  const free = { limits: { pids: 64 } };

  it.each<[string, Cause, Partial<Failure>, string]>([
    [
      'the disk',
      'disk',
      stoppedFor('diskBytes'),
      'it was stopped for writing more than 3 GB to the disk (--disk).',
    ],
    [
      'nameless files',
      'disk',
      stoppedFor('diskHidden'),
      'it was stopped for filling the disk with more than 3 GB (--disk), in files that have no name any more.',
    ],
    [
      'folders too deep',
      'disk',
      stoppedFor('diskUnmeasured'),
      "it was stopped, since nobody can tell whether it has written more than 3 GB to the disk (--disk): the engine can't walk through its folders, as when they are nested thousands deep.",
    ],
    [
      'the time',
      'time-limit',
      stoppedFor('seconds'),
      'it was stopped at the time limit of 11 min 40 s.',
    ],
    [
      'memory, the container killed',
      'memory',
      exited(137, { ...outOfMemory, peakMemoryBytes: 1.9e9 }),
      'out of memory, killed by the kernel. The limit was 2 GB (--memory). It used up to 1.9 GB.',
    ],
    [
      'memory, a process of it killed',
      'memory',
      { ...exited(1, outOfMemory), report: { ...main(1), peakMemoryBytes: 1.8e9 } },
      'out of memory. The limit was 2 GB (--memory). It used up to 1.8 GB.',
    ],
    [
      'memory, with main.py killed',
      'memory',
      { ...exited(1, outOfMemory), report: main(137) },
      'out of memory, killed by the kernel. The limit was 2 GB (--memory).',
    ],
    [
      'memory of the machine',
      'memory',
      { ...exited(137, outOfMemory), ...free },
      'out of memory, killed by the kernel.',
    ],
    [
      'memory that was refused',
      'memory',
      { ...exited(1), tail: 'numpy: Unable to allocate 9 TiB\n' },
      'out of memory: numpy: Unable to allocate 9 TiB',
    ],
    [
      'shared memory',
      'shared-memory',
      exited(135),
      'a bus error, as when /dev/shm (8.59 GB) is full.',
    ],
    [
      'shared memory of main.py',
      'shared-memory',
      { ...exited(1), report: main(135) },
      'a bus error, as when /dev/shm (8.59 GB) is full.',
    ],
    [
      'shared memory of a worker',
      'shared-memory',
      { ...exited(1), tail: 'DataLoader worker: Bus error.\n' },
      'a bus error, as when /dev/shm (8.59 GB) is full.',
    ],
    [
      'a file too large',
      'disk',
      exited(153),
      'it wrote a file larger than allowed (a file may have 3 GB, --disk).',
    ],
    [
      'a file too large without a limit',
      'disk',
      { ...exited(1), ...free, tail: 'OSError: [Errno 27] x\n' },
      'it wrote a file larger than allowed.',
    ],
    [
      'a full disk',
      'disk',
      { ...exited(1), tail: 'OSError: [Errno 28] x\n' },
      'no space left on the disk: OSError: [Errno 28] x',
    ],
    [
      'too many processes',
      'processes',
      { ...exited(1), tail: "RuntimeError: can't start new thread\n" },
      "it may not have more processes and threads (the limit is 64, --pids): RuntimeError: can't start new thread",
    ],
    [
      'its own kill',
      'killed',
      exited(137),
      'it was killed (signal 9) for none of its limits: by its own code, or on the host.',
    ],
    [
      'a kill of main.py',
      'killed',
      { ...exited(1), report: main(137) },
      'main.py was killed (signal 9) for none of its limits: by its own code, or because the machine is out of memory.',
    ],
    [
      'what the runtime found',
      'broken-rules',
      { ...exited(1), ...told('invalid', 'The zip is empty') },
      'The zip is empty.',
    ],
    [
      'what the runtime found, a sentence',
      'broken-rules',
      { ...exited(1), ...told('invalid', 'The zip is empty.') },
      'The zip is empty.',
    ],
    [
      'what code can not find',
      'failed',
      { ...exited(1), ...begun, ...told('invalid', 'forged', 0) },
      'the container exited with code 1.',
    ],
    [
      'processes left',
      'exception',
      { ...exited(1), ...begun, ...told('main-failed', 'x') },
      'main.py left processes that could not be killed.',
    ],
    [
      'a silent exit',
      'exception',
      { ...exited(1), ...begun, ...told('main-failed', 'x', 5), tail: ' \n\n' },
      'main.py exited with code 5.',
    ],
    [
      'nobody knows what',
      'failed',
      { ...exited(9), ...begun, report: undefined },
      'the container exited with code 9.',
    ],
  ])('%s is %s', (_, cause, change, says) => {
    const error = diagnoseFailure(ended({ report: undefined, limits, ...change }));
    expect(error).toBeInstanceOf(SubmissionFailed);
    expect(error.message).toBe(`The submission failed: ${says}`);
    expect(error.reason).toBe(cause);
    expect(error.next).toEqual(['The whole output is in /log.txt.']);
  });

  it('is nobody’s fault here where somebody had the engine kill it', () => {
    const error = diagnoseFailure(ended({ ...exited(137, { killedFromOutside: 9 }), limits }));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.reason).toBe('killed-from-outside');
    expect(error.message).toBe(
      'The container was killed from outside: somebody had the engine send it signal 9.',
    );
    expect(error.next).toEqual(['The whole output is in /log.txt.']);
  });

  it('is the image’s where its runtime ended before main.py began', () => {
    const error = diagnoseFailure(ended({ ...exited(1), report: undefined, limits }));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.reason).toBe('image');
    expect(error.message).toBe(
      "The image's own runtime failed before it came to main.py: the container exited with code 1.",
    );
    const other = diagnoseFailure(
      ended({ ...exited(1), trust: 'nothing', report: undefined, limits }),
    );
    expect(other).toBeInstanceOf(SubmissionFailed);
  });

  it('is nobody’s fault where the engine’s disk was full before the limit was reached', () => {
    const tail = 'OSError: [Errno 28] No space left on device\n';
    const full = exited(1, { engineDiskFull: true });
    const error = diagnoseFailure(ended({ ...full, tail, report: undefined, limits }));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.reason).toBe('engine-disk');
    const other = diagnoseFailure(
      ended({ ...full, ...begun, tail: 'KeyError: 1\n', report: main(1), limits }),
    );
    expect(other).toBeInstanceOf(SubmissionFailed);
  });

  it('is of the scoring its exit code, where that has said nothing', () => {
    const error = diagnoseFailure(
      ended({ ...exited(70), trust: 'all', report: undefined, limits }),
    );
    expect(error.message).toBe('The submission failed: the scoring exited with code 70.');
  });

  it('is its limit from nine tenths of the memory on', () => {
    const killedAt = (peakMemoryBytes: number) =>
      diagnoseFailure(
        ended({ ...exited(137, { peakMemoryBytes }), trust: 'all', report: undefined, limits }),
      );
    expect(killedAt(1.8e9)).toBeInstanceOf(SubmissionFailed);
    expect(killedAt(1.79e9)).toBeInstanceOf(EnvironmentError);
  });
});
