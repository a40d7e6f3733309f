import { defineConfig, mergeConfig } from 'vitest/config';
import everything from './vitest.config.ts';

/** The tests that need neither a container engine nor a browser. */
export default mergeConfig(
  everything,
  defineConfig({ test: { exclude: ['test/{docker,e2e,browser,hostile}/**'] } }),
);
