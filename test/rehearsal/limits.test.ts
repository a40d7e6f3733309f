import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import {
  type LimitTexts,
  parseDuration,
  parseLimits,
  parseSize,
  withOfficialTime,
} from '../../src/rehearsal/limits.ts';

describe('limits', () => {
  it.each([
    ['512', 512],
    ['1k', 1024],
    ['1.5g', 1.5 * 2 ** 30],
    ['2GiB', 2 ** 31],
    ['16G', 2 ** 34],
  ])('reads the size %s', (text, bytes) => expect(parseSize('--memory', text)).toBe(bytes));

  it.each([
    ['90', 90],
    ['1.5s', 1.5],
    ['30m', 1800],
    ['2h', 7200],
  ])('reads the time %s', (text, seconds) =>
    expect(parseDuration('--time-limit', text)).toBe(seconds),
  );

  it.each([
    [{ memory: 'lots' }, '--memory is "lots".'],
    [{ memory: '0g' }, '--memory is "0g".'],
    [{ disk: '-1g' }, '--disk is "-1g".'],
    [{ timeLimit: '1d' }, '--time-limit is "1d".'],
    [{ pids: '0' }, '--pids is "0".'],
    [{ cpus: 'Infinity' }, '--cpus is "Infinity".'],
    [{ logLimit: '' }, '--log-limit is "".'],
  ])('refuses %j', (texts, message) => {
    const parse = () => parseLimits(texts as LimitTexts);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });

  it('leaves time, memory and cores free unless told, and room for data loaders', () => {
    const { container, logBytes } = parseLimits({});
    expect(container).toEqual({ pids: 2048, diskBytes: 40 * 2 ** 30 });
    expect(logBytes).toBe(100 * 2 ** 20);
  });

  it("knows the organisers' time", () => {
    expect(withOfficialTime(parseLimits({}), 10, 80).container.seconds).toBe(800);
  });
});
