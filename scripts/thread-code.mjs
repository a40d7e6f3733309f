// `import { code } from './program.ts?thread'`: a program for a thread, with all that it imports, as the text of
// a script. A thread can then be had wherever the rest is: bundled, or in tests that run the sources.
import { join } from 'node:path';

const asked = /\?thread$/;

/** The module that is imported. */
async function moduleOf(path, { build }) {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    minify: true,
    legalComments: 'none',
    write: false,
  });
  return `export const code = ${JSON.stringify(outputFiles[0].text)};`;
}

export const threadCode = {
  name: 'thread-code',
  setup(builder) {
    const namespace = 'thread-code';
    builder.onResolve({ filter: asked }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(asked, '')),
      namespace,
    }));
    builder.onLoad({ filter: /./, namespace }, async ({ path }) => ({
      contents: await moduleOf(path, builder.esbuild),
    }));
  },
};

/** The same for Vitest. */
export const threadCodeInTests = {
  name: threadCode.name,
  enforce: 'pre',
  async load(id) {
    if (!asked.test(id)) return undefined;
    return moduleOf(id.replace(asked, ''), await import('esbuild'));
  },
};
