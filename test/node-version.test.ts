import { describe, expect, it } from 'vitest';
import { checkNode } from '../src/doctor/checks.ts';
import { isSupportedNode } from '../src/node-version.ts';

const runs = ['20.19.0', '20.20.2', '22.12.0', '22.23.1', '24.0.0', '24.21.0', '25.1.0', '26.10.0'];
const doesNot = [
  '0.12.18',
  '8.17.0',
  '18.20.8',
  '20.0.0',
  '20.18.3',
  '21.7.3',
  '22.11.0',
  '23.11.0',
];

describe('the versions of Node', () => {
  it.each(runs)('%s is one that vsc runs on', async (version) => {
    expect(isSupportedNode(`v${version}`)).toBe(true);
    expect(await checkNode(`v${version}`)).toMatchObject({ status: 'ok', detail: `v${version}` });
  });

  it.each(doesNot)('%s is none, and the doctor says what to install', async (version) => {
    expect(isSupportedNode(`v${version}`)).toBe(false);
    expect(await checkNode(`v${version}`)).toEqual({
      status: 'failed',
      detail: `v${version} is none that vsc runs on: 20 (from 20.19), 22 (from 22.12), 24 or later`,
      remedies: ['Install Node 24 or later: https://nodejs.org'],
    });
  });
});
