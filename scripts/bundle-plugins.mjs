// What bundle.mjs does beyond what esbuild does by itself.
import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const source = fileURLToPath(new URL('../src/', import.meta.url));

/** commander loads `child_process`, half of a start, for commands that are programs of their own. */
export const loadLate = {
  name: 'load-late',
  setup(builder) {
    const loading = "require('node:child_process')";
    let isDone = false;
    builder.onLoad({ filter: /commander[\\/]lib[\\/]command\.js$/ }, async ({ path }) => {
      const parts = (await readFile(path, 'utf8')).split(`const childProcess = ${loading};`);
      isDone = parts.length === 2;
      return { contents: parts.join('').replaceAll(/\bchildProcess\./g, `${loading}.`) };
    });
    builder.onEnd(() => {
      if (isDone) return undefined;
      const text = `commander doesn't load node:child_process as it did: loadLate in scripts/bundle-plugins.mjs is to be mended, or not needed any more.`;
      return { errors: [{ text }] };
    });
  },
};

/** Node's own modules do nothing by being imported: one of which nothing is used is left out. */
export const nodeOnlyIfUsed = {
  name: 'node-only-if-used',
  setup(builder) {
    builder.onResolve({ filter: /^node:/ }, ({ path }) => ({
      path,
      external: true,
      sideEffects: false,
    }));
  },
};

/** Leaves to the rooms what is imported with `import()`. @param rooms gets their paths by their names */
export const leaveTo = (rooms) => ({
  name: 'leave-to-rooms',
  setup(builder) {
    const asked = {};
    builder.onResolve({ filter: /./ }, async ({ path: wanted, kind, pluginData, ...from }) => {
      if (kind !== 'dynamic-import' || pluginData === asked) return undefined;
      const found = await builder.resolve(wanted, { ...from, kind, pluginData: asked });
      if (found.errors.length > 0) return found;
      const inSource = relative(source, found.path).replace(/\.ts$/, '').replaceAll(sep, '-');
      const name = wanted.startsWith('.') ? inSource : wanted;
      rooms[name] = found.path;
      return { path: `./${name}.mjs`, external: true };
    });
  },
});

/**
 * Has the rooms take from start.cjs what must be there once: classes that `instanceof` asks for, and
 * commander, for its size. All else that is in both are functions, of which the rooms have their own.
 */
const shared = {
  errors: './errors.ts',
  engineErrors: './engine/errors.ts',
  commander: 'commander',
};

/** What start.cjs exports. */
export const sharing = Object.entries(shared)
  .map(([name, path]) => `export * as ${name} from '${path}';`)
  .join('\n');

export const takeShared = {
  name: 'take-shared',
  setup(builder) {
    const asked = {};
    const names = new Map();
    builder.onStart(async () => {
      for (const [name, path] of Object.entries(shared)) {
        const at = { kind: 'import-statement', resolveDir: source, pluginData: asked };
        names.set((await builder.resolve(path, at)).path, name);
      }
    });
    const filter = /errors\.ts$|^commander$/;
    builder.onResolve({ filter }, async ({ path, pluginData, ...from }) => {
      if (pluginData === asked) return undefined;
      const found = await builder.resolve(path, { ...from, pluginData: asked });
      const name = names.get(found.path);
      return name === undefined ? found : { path: name, namespace: 'shared' };
    });
    builder.onLoad({ filter: /./, namespace: 'shared' }, ({ path }) => ({
      contents: `module.exports = require('./main.js').start.exports.${path};`,
    }));
    builder.onResolve({ filter: /^\.\/main\.js$/ }, ({ path }) => ({ path, external: true }));
  },
};
