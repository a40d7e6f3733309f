// Bundles src/ into dist/: fewer files to open at every start, and heavy libraries in chunks of their
// own that load with the command that needs them.
import { readFile, rm, writeFile } from 'node:fs/promises';

const { build } = await import('esbuild').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error('The libraries are not installed yet, run this first: npm ci --omit=dev');
  process.exit(3);
});

/** dockerode loads these at once but needs them only for BuildKit sessions and its own ssh. */
const unused = ['ssh2', '@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs', 'cpu-features'];

const leaveOut = {
  name: 'leave-out',
  setup(builder) {
    const filter = new RegExp(`^(${unused.join('|')})(/.*)?$`);
    builder.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }));
    builder.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents: 'module.exports = {};',
    }));
  },
};

/** commander loads `child_process`, a fifth of a start, for commands that are programs of their own. */
const loadLate = {
  name: 'load-late',
  setup(builder) {
    builder.onLoad({ filter: /commander[\\/]lib[\\/]command\.js$/ }, async ({ path }) => {
      const loading = "require('node:child_process')";
      const [before, after, ...more] = (await readFile(path, 'utf8')).split(
        `const childProcess = ${loading};`,
      );
      if (after === undefined || more.length > 0) throw new Error(`${path} is not as it was.`);
      return { contents: before + after.replaceAll('childProcess.', `${loading}.`) };
    });
  },
};

/** The entry is CommonJS, which every Node reads; it takes the rest, modules, by way of start.cjs. */
const laterStart = {
  name: 'later-start',
  setup(builder) {
    builder.onResolve({ filter: /start\.ts$/ }, () => ({ path: './start.cjs', external: true }));
  },
};

const common = { outdir: 'dist', bundle: true, platform: 'node', legalComments: 'none' };

await rm('dist', { recursive: true, force: true });
const [{ metafile }] = await Promise.all([
  build({
    ...common,
    entryPoints: ['src/start.ts'],
    outExtension: { '.js': '.mjs' },
    splitting: true,
    format: 'esm',
    target: 'node20.19',
    sourcemap: 'linked',
    metafile: true,
    plugins: [leaveOut, loadLate],
    // Bundled CommonJS libraries still call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as vscRequire } from 'node:module'; const require = vscRequire(import.meta.url);",
    },
  }),
  // `import()` is `require()` in a target that old: what must be `import()` stands in start.cjs.
  build({
    ...common,
    entryPoints: ['src/main.ts'],
    format: 'cjs',
    target: 'node6.5',
    plugins: [laterStart],
  }),
]);
await Promise.all([
  writeFile('dist/start.cjs', "import('./start.mjs');\n"),
  writeFile('dist/package.json', '{ "type": "commonjs" }\n'),
  writeFile('dist/meta.json', JSON.stringify(metafile)),
]);
