import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

/**
 * Runs the `start.cjs` of a folder as `require` would, but with what V8 made of it when it was bundled, if that
 * was by the same Node: to compile it anew is a sixth of a start. Nothing is ever written.
 * @returns the script, what it exports, and where V8's code for this Node is kept; that of another V8 refuses
 */
export function loadStart(folder: string): {
  readonly script: Script;
  readonly exports: object;
  readonly codeCache: string;
} {
  const filename = join(folder, 'start.cjs');
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'utf8')}\n})`;
  const codeCache = join(
    folder,
    `start.${process.version}-${process.platform}-${process.arch}.cache`,
  );
  const cachedData = readIfThere(codeCache);
  const script = new Script(wrapped, {
    filename,
    ...(cachedData !== undefined && { cachedData }),
  });
  const module = { exports: {} };
  const run = script.runInThisContext();
  run.call(module.exports, module.exports, require, module, filename, folder);
  return { script, exports: module.exports, codeCache };
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
