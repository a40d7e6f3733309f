import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    maxConcurrency: 3,
    hookTimeout: 600_000,
  },
});
