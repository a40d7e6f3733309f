import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { leftOut } from './test/elsewhere.ts';

const { threadCodeInTests } = await import(join(import.meta.dirname, 'scripts/thread-code.mjs'));

export default defineConfig({
  plugins: [threadCodeInTests],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut(process.platform)],
    // For what hangs. How long things take is for bench/ to say: machines are shared, and some are slow.
    testTimeout: 180_000,
    maxConcurrency: 3,
    // Much of the time goes by waiting for containers: on two cores two files at a time take two thirds of it.
    maxWorkers: 2,
    hookTimeout: 600_000,
  },
});
