import { describe, expect, it } from 'vitest';
import { plainDecimal, plainIds, plainNumber } from '../../src/scoring/plain-line.ts';
import { normals } from '../support/noise.ts';

describe('a plain decimal', () => {
  it.each(['0', '7', '12', '12.', '0.5', '007.250', '123456789012345', '0.1234567890123'])(
    'is what any reader takes %s for',
    (text) => {
      expect(plainDecimal(`Q1,R1,${text}`, 6)).toBe(Number(text));
    },
  );

  it('is the float64 next to it, whatever its digits', () => {
    for (const [at, value] of normals(20_000).entries()) {
      const text = Math.abs(value * 10 ** (at % 5)).toFixed(at % 10);
      expect(plainDecimal(text, 0)).toBe(Number(text));
    }
  });

  it.each([
    '',
    '.',
    '.5',
    '1.2.3',
    '-1',
    '+1',
    '1e5',
    ' 1',
    '1 ',
    '1\r',
    '1,2',
    'nan',
    '0x1',
    '"1"',
  ])('is not %j, nor one of too many digits', (text) => {
    expect(plainDecimal(text, 0)).toBeNaN();
    expect(plainDecimal('0.12345678901234', 0)).toBeNaN();
  });
});

describe('the ids of a plain line', () => {
  const line = 'Q100001,R000042,0.5';

  it('are told by their numbers, and in full', () => {
    expect(plainNumber(line, plainIds.query)).toBe(100_001);
    expect(plainNumber(line, plainIds.reference)).toBe(42);
    expect(plainIds.query.of(line)).toBe('Q100001');
    expect(plainIds.reference.of(line)).toBe('R000042');
    expect(line.slice(plainIds.length)).toBe('0.5');
  });

  it.each([
    'R100001,R100002,1',
    'Q10001,R100002,1',
    'Q1000011,R100002,1',
    'Q10000x,R100002,1',
    'Q10000/,R100002,1',
    'Q100001;R100002;1',
    'Q100001',
    '',
  ])('are not in %j', (other) => {
    expect(plainNumber(other, plainIds.query)).toBe(-1);
  });
});
