import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import {
  type LimitTexts,
  parseCount,
  parseLimits,
  withOfficialTime,
} from '../../src/rehearsal/limits.ts';

describe('limits', () => {
  it.each([
    ['6m', 6 * 2 ** 20],
    ['1.5g', 1.5 * 2 ** 30],
    ['2GiB', 2 ** 31],
    ['16G', 2 ** 34],
    ['6291457', 6 * 2 ** 20 + 1],
    ['8191t', 8191 * 2 ** 40],
    ['12.25g', 12.25 * 2 ** 30],
  ])('reads the size %s', (memory, bytes) =>
    expect(parseLimits({ memory }).container.memoryBytes).toBe(bytes),
  );

  it.each([
    ['90', 90],
    ['1.5s', 1.5],
    ['1.25m', 75],
    ['30m', 1800],
    ['2h', 7200],
    ['87600h', 315_360_000],
  ])('reads the time %s', (timeLimit, seconds) =>
    expect(parseLimits({ timeLimit }).container.seconds).toBe(seconds),
  );

  it('reads numbers', () => {
    const { cpus, pids } = parseLimits({ cpus: '.5', pids: ' 4194304' }).container;
    expect([cpus, pids]).toEqual([0.5, 4_194_304]);
    expect(parseLimits({ cpus: '12.75' }).container.cpus).toBe(12.75);
    expect(parseCount('--parallel', '1024', 1024)).toBe(1024);
  });

  it.each([
    ['memory', 'lots', 'a size such as 512m or 16g, from 6m to 8191t'],
    ['memory', '0g', 'from 6m'],
    ['memory', '5m', 'from 6m'],
    ['memory', '6291456.5', 'a size'],
    ['memory', '8192t', 'to 8191t'],
    ['memory', '9'.repeat(400), 'to 8191t'],
    ['disk', '-1g', 'a size such as 512m or 16g, from 1m to 8191t'],
    ['disk', '1k', 'from 1m'],
    ['disk', '1e9', 'a size'],
    ['disk', '99999999t', 'to 8191t'],
    ['timeLimit', '1d', 'a time such as 90s, 30m or 2h, from 1s to 87600h'],
    ['timeLimit', '0.0001', 'from 1s'],
    ['timeLimit', 'in 5m', 'a time'],
    ['timeLimit', '87601h', 'to 87600h'],
    ['pids', '0', 'a whole number, from 16 to 4194304'],
    ['pids', '15', 'from 16'],
    ['pids', '64.5', 'a whole number'],
    ['pids', '0x40', 'a whole number'],
    ['pids', '4194305', 'to 4194304'],
    ['cpus', 'Infinity', 'a number, from 0.01 to 8192'],
    ['cpus', '0.001', 'from 0.01'],
    ['cpus', '1e3', 'a number'],
    ['cpus', 'x8', 'a number'],
    ['cpus', '8193', 'to 8192'],
    ['logLimit', '', 'a size such as 512m or 16g, from 1 to 8191t'],
  ])('refuses %s %j and says what is allowed', (name, text, allowed) => {
    const flag = { logLimit: 'log-limit', timeLimit: 'time-limit' }[name] ?? name;
    const parse = () => parseLimits({ [name]: text } as LimitTexts);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(`--${flag} is "${text}".`);
    expect(failureOf(parse).next.join()).toContain(allowed);
  });

  it('leaves time, memory and cores free unless told, and room for data loaders', () => {
    const { container, logBytes } = parseLimits({});
    expect(container).toEqual({ pids: 2048, diskBytes: 40 * 2 ** 30 });
    expect(logBytes).toBe(100 * 2 ** 20);
  });

  it('refuses a number of things that is none, or beyond what is allowed', () => {
    for (const text of ['0', '1025', '', '2.5']) {
      const parse = () => parseCount('--parallel', text, 1024);
      expect(parse).toThrow(`--parallel is "${text}".`);
      expect(failureOf(parse).next).toEqual(['Allowed: a whole number, from 1 to 1024.']);
    }
  });

  it("knows the organisers' time", () => {
    expect(withOfficialTime(parseLimits({}), 10, 80).container.seconds).toBe(800);
  });
});

function failureOf(action: () => unknown): UsageError {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError) return error;
  }
  throw new Error('not refused');
}
