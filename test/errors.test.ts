import { describe, expect, it } from 'vitest';
import { Interrupted, InvalidSubmission, systemCode } from '../src/errors.ts';

describe('errors', () => {
  it('say who stopped vsc', () => {
    expect(new Interrupted('SIGINT')).toMatchObject({ message: 'Interrupted.', signal: 'SIGINT' });
    expect(new Interrupted('SIGTERM')).toMatchObject({ message: 'Terminated.', signal: 'SIGTERM' });
  });

  it('carry what is wrong with a submission, and what to do', () => {
    const finding = { severity: 'error', file: 'a.npz', rule: 'x', message: 'No.' } as const;
    const invalid = new InvalidSubmission('It would not be accepted:', [finding], ['Mend it.']);
    expect(invalid).toMatchObject({ findings: [finding], next: ['Mend it.'], data: {} });
    expect(new InvalidSubmission('x', []).next).toEqual([]);
  });

  it.each([
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOENT'],
    [{ code: 7 }, undefined],
    [new Error('x'), undefined],
    [null, undefined],
    ['ENOENT', undefined],
  ])("have the system's code where there is one: %s", (error, code) => {
    expect(systemCode(error)).toBe(code);
  });
});
