// What makes the bundle small: what libraries load but vsc never asks of them, and what Node has itself, stays
// out, and names that no error shows are short.
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';

/** Modules that are left out: how who imports them calls them, who that is, and why they aren't missed. */
const unused = [
  // Loaded at once, needed for BuildKit sessions and dockerode's own ssh only.
  {
    from: /docker-modem|dockerode/,
    names: /^(ssh2|@grpc\/(grpc-js|proto-loader)|protobufjs|cpu-features)(\/|$)/,
  },
  // For putting a folder into a container, which is done with tar-stream here.
  { from: /dockerode/, names: /^tar-fs$/ },
  // Glob patterns: what is packed is listed by ourselves.
  { from: /archiver/, names: /^readdir-glob$/ },
  // The plots' document is made by calls: nothing is parsed, no style sheet read, no page written by these.
  { from: /linkedom/, names: /^(htmlparser2|cssomnom\/parse)$/ },
  { from: /domutils/, names: /^dom-serializer$/ },
  // Bodies that are sent, proxies that speak SOCKS, HTTP/2, which is off by itself, and one of two parsers: undici
  // falls back to the plain one.
  { from: /undici/, names: /\/web\/fetch\/body|\/(socks5-proxy-agent|client-h2|llhttp_simd-wasm)/ },
];

/** A library of functions that the plots name and never call, and what it exports: maps of the world. */
const uncalled = { from: /[\\/]d3[\\/]/, name: 'd3-geo' };

export const leaveOut = {
  name: 'leave-out',
  setup(builder) {
    for (const { from, names } of unused) {
      builder.onResolve({ filter: names }, ({ path, importer }) =>
        from.test(importer) ? { path, namespace: 'left-out' } : undefined,
      );
    }
    builder.onLoad({ filter: /./, namespace: 'left-out' }, () => ({
      contents: 'module.exports = {};',
    }));
    builder.onResolve({ filter: new RegExp(`^${uncalled.name}$`) }, ({ path, importer }) =>
      uncalled.from.test(importer) ? { path, namespace: 'uncalled' } : undefined,
    );
    builder.onLoad({ filter: /./, namespace: 'uncalled' }, async ({ path }) => ({
      contents: Object.keys(await import(path))
        .map((name) => `export const ${name} = () => {};`)
        .join(''),
    }));
  },
};

/** Node's streams for those that libraries bring along, for other and older platforms: five of them. */
export const nodeStreams = {
  name: 'node-streams',
  setup(builder) {
    builder.onResolve({ filter: /^readable-stream(\/|$)/ }, ({ path }) => ({
      path,
      namespace: 'node-streams',
    }));
    builder.onLoad({ filter: /./, namespace: 'node-streams' }, ({ path }) => {
      const [, part = ''] = path.split('/');
      const name = part.replace(/^passthrough$/, 'pass-through').replace(/(^|-)./g, (start) => {
        return start.slice(-1).toUpperCase();
      });
      return { contents: `module.exports = require('node:stream')${name && `.${name}`};` };
    });
  },
};

/** Of undici what asks for files: its index holds `fetch`, caches, mocks and WebSockets too. */
export const partOfUndici = {
  name: 'part-of-undici',
  setup(builder) {
    builder.onLoad({ filter: /undici[\\/]index\.js$/ }, () => ({
      contents: `
        const Dispatcher = require('./lib/dispatcher/dispatcher');
        Dispatcher.prototype.request = require('./lib/api/api-request');
        Dispatcher.prototype.connect = require('./lib/api/api-connect'); // through proxies
        exports.EnvHttpProxyAgent = require('./lib/dispatcher/env-http-proxy-agent');
        exports.errors = require('./lib/core/errors');`,
    }));
  },
};

const loaders = { '.ts': 'ts', '.js': 'js', '.mjs': 'js', '.cjs': 'js' };

/**
 * Shortens names within functions, file by file. Those at the top of a file stay: errors are called by their
 * classes, libraries ask for `constructor.name`, and the stack of a bug has to be readable.
 */
export const shortNames = {
  name: 'short-names',
  setup(builder) {
    builder.onLoad({ filter: /\.([cm]?js|ts)$/, namespace: 'file' }, async ({ path }) => {
      const loader = loaders[extname(path)];
      const { code } = await builder.esbuild.transform(await readFile(path, 'utf8'), {
        loader,
        minify: true,
        legalComments: 'none',
        target: builder.initialOptions.target,
        sourcefile: path,
      });
      return { contents: code, loader: 'js' };
    });
  },
};
