import { expect, it } from 'vitest';
import { environmentOf } from '../src/environment.ts';

it("is the process's own where names are told apart by case", () => {
  const env = { PATH: '/bin', Path: 'another', http_proxy: 'p' };
  expect(environmentOf(env, 'linux')).toBe(env);
  expect(environmentOf(env, 'darwin')).toBe(env);
});

it('has its names in capitals on Windows, so that any copy of it has PATH', () => {
  const env = environmentOf({ Path: 'C:\\bin', Docker_Host: 'npipe:', TERM: undefined }, 'win32');
  expect({ ...env }).toEqual({ PATH: 'C:\\bin', DOCKER_HOST: 'npipe:', TERM: undefined });
});
