// Bundles src/ into dist/: fewer files to open at every start, and heavy libraries in chunks of their
// own that load with the command that needs them.
import { rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

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

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  metafile: true,
  legalComments: 'none',
  plugins: [leaveOut],
  // Bundled CommonJS libraries still call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as vscRequire } from 'node:module'; const require = vscRequire(import.meta.url);",
  },
});
await writeFile('dist/meta.json', JSON.stringify(metafile));
