import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { threadCode } from '../../scripts/thread-code.mjs';

export const root = join(import.meta.dirname, '../..');
export const main = join(root, 'dist/main.js');
export const image = process.env.SUBMISSION_IMAGE ?? 'meta-vsc-descriptor-runtime:slim-local';

/** Modules of src/, named without their end, as one: what a row calls without starting `vsc`. */
export async function sources(...modules) {
  const folder = mkdtempSync(join(tmpdir(), 'vsc-bench-'));
  const outfile = join(folder, 'sources.mjs');
  try {
    await bundle(modules.map((name) => `export * from './src/${name}.ts';`).join('\n'), outfile);
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A program for a process of its own, whose peak memory is its own; it may import from ./src. */
export async function bundle(contents, outfile) {
  await build({
    stdin: { contents, resolveDir: root, loader: 'js' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
    plugins: [threadCode],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
}
