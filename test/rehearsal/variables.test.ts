import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { jsonText } from '../../src/progress/json.ts';
import { fingerprintOf, parseVariables, valuesOf } from '../../src/rehearsal/variables.ts';

const env = { HF_TOKEN: 'hf_0123456789', EMPTY: '' };

describe('the variables of --env', () => {
  it('are given, or taken from where vsc runs', () => {
    const variables = parseVariables(['SEED=7', 'HF_TOKEN', 'EMPTY', 'URL=a=b', '_x='], env);
    expect(Object.keys(variables)).toEqual(['SEED', 'HF_TOKEN', 'EMPTY', 'URL', '_x']);
    expect(valuesOf(variables)).toEqual(['7', env.HF_TOKEN, '', 'a=b', '']);
  });

  it('tell their values to nobody who does not ask for them', () => {
    const variables = parseVariables(['HF_TOKEN'], env);
    expect(jsonText({ variables })).toBe('{"variables":{"HF_TOKEN":"•••"}}');
    expect(`${variables.HF_TOKEN}`).toBe('•••');
    expect(inspect(variables, { depth: 9, showHidden: true })).not.toContain(env.HF_TOKEN);
  });

  it.each([
    ['1ST=s3cret-value'],
    ['MY-TOKEN=s3cret-value'],
    ['=s3cret-value'],
    ['s3cret-value'],
    ['PATH=s3cret-value'],
    ['LD_PRELOAD=s3cret-value'],
    ['PYTHONPATH=s3cret-value'],
    ['BASH_ENV=s3cret-value'],
    ['DATASET=s3cret-value'],
    ['VSC_PROGRESS=s3cret-value'],
    ['NVIDIA_VISIBLE_DEVICES=s3cret-value'],
  ])('are refused as %s, without their value', (text) => {
    const refused = () => parseVariables([text], env);
    expect(refused).toThrow(UsageError);
    try {
      refused();
    } catch (error) {
      const { message, next } = error as UsageError;
      expect([message, ...next].join('\n')).not.toContain('s3cret-value');
    }
  });

  it.each([
    [['NOT_SET'], /^--env NOT_SET: that variable is not set here\.$/],
    [['A=1', 'A=2'], /^--env A is given twice\.$/],
    [['DATASET=train'], /^--env DATASET is refused: vsc or the image sets it\.$/],
    [['LD_PRELOAD=x.so'], /what scores among them\.$/],
    [['ENV=x'], /^--env ENV is refused: the shell script/],
  ])('%j is refused with a reason', (texts, message) => {
    expect(() => parseVariables(texts, env)).toThrow(message);
  });

  it('differ by names and values, and not by their order', async () => {
    const of = (...texts: string[]) => fingerprintOf(parseVariables(texts, env), 'salt');
    expect(await of('A=1', 'B=2')).toBe(await of('B=2', 'A=1'));
    expect(await of('A=1')).not.toBe(await of('A=2'));
    expect(await of('A=1')).not.toBe(await of('B=1'));
    expect(await of()).toBeUndefined();
  });
});
