import { describe, expect, it } from 'vitest';
import { gpusText, parseGpus } from '../../src/engine/gpus.ts';
import { UsageError } from '../../src/errors.ts';

describe('the GPUs of a command line', () => {
  it.each([
    ['all', 'all'],
    ['0', ['0']],
    ['0,1', ['0', '1']],
    [' 1, 0,1', ['1', '0']],
    ['1:0', ['1:0']],
    ['GPU-5fd4f087-86f3-7a43-b711-4771313afc50', ['GPU-5fd4f087-86f3-7a43-b711-4771313afc50']],
    ['MIG-GPU-5fd4f087/1/0', ['MIG-GPU-5fd4f087/1/0']],
  ])('%j are %j', (text, gpus) => {
    expect(parseGpus(text)).toEqual(gpus);
    expect(parseGpus(gpusText(parseGpus(text)))).toEqual(gpus);
  });

  it.each(['', 'none', '0,', '-1', '0-3', 'two', '0 1'])('%j are none', (text) => {
    expect(() => parseGpus(text)).toThrow(UsageError);
  });
});
