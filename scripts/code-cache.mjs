// Keeps beside start.cjs what V8 makes of it once it has run, for the Node that runs this:
//
//   node scripts/code-cache.mjs [dist]
//
// bundle.mjs makes a folder whole, so this never meets another start.cjs.
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const main = resolve(process.argv[2] ?? 'dist', 'main.js');
process.argv.splice(1, 2, main, '--help');
process.on('exit', () => {
  // Whole and on the disk, for V8 looks at its length only.
  const partial = `${start.codeCache}.partial`;
  writeFileSync(partial, start.script.createCachedData(), { flush: true });
  renameSync(partial, start.codeCache);
});
const { start } = createRequire(import.meta.url)(main);
