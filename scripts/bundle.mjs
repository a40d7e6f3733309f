// Bundles src/ into dist/, or the folder that is named, so that few files are opened at every start and little is
// read of them:
//
// - main.js, which any Node reads, looks at the version of Node and runs start.cjs
// - start.cjs holds what src/start.ts imports with a plain `import`. It is CommonJS: Node's loader of modules
//   is a sixth of a start.
// - start.*.cache is what V8 made of that (src/load.ts)
// - all other .mjs files are the rooms, taken with `import()` by the command that needs them
// - vsc.1 is the manual page
// - THIRD-PARTY-NOTICES.txt has the licences of what was bundled
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  leaveTo,
  loadLate,
  nodeOnlyIfUsed,
  sharing,
  source,
  takeShared,
} from './bundle-plugins.mjs';
import { manPage } from './man-page.mjs';
import { licencesOf, noticesPage, packageFolders } from './notices.mjs';
import { leaveOut, nodeStreams, partOfUndici, shortNames } from './slimming-plugins.mjs';
import { threadCode } from './thread-code.mjs';

const { build } = await import('esbuild').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error('The libraries are not installed yet, run this first: npm ci --omit=dev');
  process.exit(3);
});

const outdir = process.argv[2] ?? 'dist';
const common = { outdir, bundle: true, platform: 'node', legalComments: 'none' };
const current = {
  ...common,
  target: 'node20.19',
  metafile: true,
  minifyWhitespace: true,
  minifySyntax: true,
};
const define = { 'import.meta.dirname': '__dirname' };

/** The command tree, as a program of its own that only declares it. */
async function declared() {
  const { outputFiles } = await build({
    ...common,
    stdin: {
      contents: `export { makeProgram } from './cli/program.ts';
        export { variables, environmentOnly } from './settings/variables.ts';`,
      resolveDir: source,
    },
    format: 'cjs',
    plugins: [leaveTo({})],
    write: false,
  });
  const tree = { exports: {} };
  const run = new Function('module', 'exports', 'require', outputFiles[0].text);
  run(tree, tree.exports, createRequire(import.meta.url));
  const { makeProgram, ...rest } = tree.exports;
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const output = { getOutHelpWidth: () => 80 };
  return { program: makeProgram({ version, output, host: {} }), ...rest };
}

/** Writes start.cjs; as the script that it is run as, it must not say `import()` itself. */
async function writeStart([{ path, text }]) {
  const written = text.replaceAll('import("./', 'roomAt("./');
  if (/\bimport\(/.test(written)) throw new Error(`There is an import() in ${path}.`);
  await writeFile(path, written);
}

await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });
const rooms = {};
const start = await build({
  ...current,
  stdin: { contents: `import './start.ts';\n${sharing}`, resolveDir: source },
  entryNames: 'start',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  define,
  banner: { js: "const roomAt = (path) => require('./rooms.cjs')(path);" },
  plugins: [loadLate, nodeOnlyIfUsed, leaveTo(rooms), shortNames],
  write: false,
});
const [{ metafile }] = await Promise.all([
  build({
    ...current,
    entryPoints: rooms,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    format: 'esm',
    mainFields: ['module', 'main'],
    plugins: [threadCode, leaveOut, takeShared, nodeStreams, partOfUndici, shortNames],
    // Bundled CommonJS libraries still call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as vscRequire } from 'node:module'; const require = vscRequire(import.meta.url);",
    },
  }),
  build({ ...common, entryPoints: ['src/main.ts'], format: 'cjs', target: 'node6.5', define }),
  writeStart(start.outputFiles),
]);
const both = (part) => ({ ...metafile[part], ...start.metafile[part] });
const licences = await licencesOf(packageFolders(both('inputs')));
await Promise.all([
  writeFile(join(outdir, 'rooms.cjs'), 'module.exports = (path) => import(path);\n'),
  writeFile(join(outdir, 'package.json'), '{ "type": "commonjs" }\n'),
  writeFile(join(outdir, 'vsc.1'), manPage(await declared())),
  writeFile(join(outdir, 'THIRD-PARTY-NOTICES.txt'), noticesPage(licences)),
  writeFile(
    join(outdir, 'meta.json'),
    JSON.stringify({ inputs: both('inputs'), outputs: both('outputs') }),
  ),
]);
const codeCache = fileURLToPath(new URL('code-cache.mjs', import.meta.url));
execFileSync(process.execPath, [codeCache, outdir], { stdio: ['ignore', 'pipe', 'inherit'] });
