import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderWith, keptFolderWith } from '../support/folder.ts';

/** All that these starts may open of ours. */
const opened = ['main.js', 'package.json', 'start.cjs'];

/** Of Node's own, beside what it has loaded before it runs a program. */
const loaded = ['os', 'process', 'vm'];

let folder: string;
let whole: string;
let bare: string;

beforeAll(async () => {
  folder = await keptFolderWith();
  whole = join(folder, 'whole');
  bare = join(folder, 'bare');
  await execa('node', ['scripts/bundle.mjs', whole]);
  await mkdir(bare);
  for (const name of opened) await copyFile(join(whole, name), join(bare, name));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs `vsc` where no other file of ours is, and tells which of Node's public modules that loads. */
async function start(line: string) {
  const hook = await folderWith({
    'hook.cjs': `
      const before = new Set(process.moduleLoadList);
      process.on('exit', () => {
        const more = process.moduleLoadList.filter((name) => !before.has(name));
        require('node:fs').writeFileSync(__dirname + '/loaded', more.join('\\n'));
      });`,
  });
  const words = ['--require', join(hook, 'hook.cjs'), join(bare, 'main.js'), ...line.split(' ')];
  const { exitCode, stdout, stderr } = await execa('node', words, { reject: false });
  const modules = (await readFile(join(hook, 'loaded'), 'utf8')).split('\n').flatMap((name) => {
    return /^NativeModule (?!internal\/)(.*)/.exec(name)?.slice(1) ?? [];
  });
  return {
    exitCode,
    told: stdout + stderr,
    surplus: modules.filter((name) => !loaded.includes(name)),
  };
}

/** The files that start.cjs is made of, and its length. */
async function held() {
  const { outputs } = JSON.parse(await readFile(join(whole, 'meta.json'), 'utf8'));
  const name = Object.keys(outputs).find((path) => path.endsWith('/start.cjs')) ?? '';
  const { inputs, bytes } = outputs[name];
  const used = Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0);
  return { inputs: used.filter((path) => path !== '<stdin>'), bytes };
}

describe('a start', () => {
  it.each([
    ['--help', 0, 'Make a submission:'],
    ['--version', 0, '.'],
    ['pack-submission --help', 0, '--describe'],
    ['unpack-submission', 2, 'Did you mean pack-submission?'],
    ['pull --no-such-flag', 2, "unknown option '--no-such-flag'"],
    ['--json pull --no-such-flag', 2, '"name":"UsageError"'],
    ['completion bash --complete -- pack-s', 0, 'pack-submission'],
  ])('of "vsc %s" opens few files, and loads little of Node', async (line, exitCode, words) => {
    expect(await start(line)).toEqual({
      exitCode,
      told: expect.stringContaining(words),
      surplus: [],
    });
  });

  it('holds few libraries and rooms, and is not long', async () => {
    const { inputs, bytes } = await held();
    const parts = inputs.map((path) => path.replace(/^(src|node_modules)\//, '').split('/')[0]);
    expect([...new Set(parts)].sort()).toEqual([
      'cli',
      'commander',
      'commands',
      'completion',
      'engine',
      'environment.ts',
      'errors.ts',
      'fastest-levenshtein',
      'nearest.ts',
      'package.json',
      'processes.ts',
      'progress',
      'project.ts',
      'rehearsal',
      'samples',
      'settings',
      'start.ts',
      'tracks',
    ]);
    expect(bytes).toBeLessThan(126_000);
  });

  it('holds no classes but those that the rooms take from it', async () => {
    const { inputs } = await held();
    const sources = inputs.filter((path) => path.startsWith('src/'));
    const texts = await Promise.all(sources.map((path) => readFile(path, 'utf8')));
    const withClasses = sources.filter((_, at) =>
      /^(export )?.*class \w+ extends/m.test(texts[at] ?? ''),
    );
    expect(withClasses.sort()).toEqual(['src/engine/errors.ts', 'src/errors.ts']);
  });

  it('runs without what V8 has kept, and with what another Node has', async () => {
    const run = async () => (await execa('node', [join(bare, 'main.js'), '--version'])).stdout;
    const version = await run();
    const cache = join(bare, `start.${process.version}-${process.platform}-${process.arch}.cache`);
    await copyFile(join(whole, cache.slice(bare.length + 1)), cache);
    expect(await run()).toBe(version);
    await writeFile(cache, 'not of this Node');
    expect(await run()).toBe(version);
  });
});

describe("commander's child_process", () => {
  const bundled = async (line: string) => {
    const { loadLate } = await import(join(process.cwd(), 'scripts/bundle-plugins.mjs'));
    const at = 'node_modules/commander/lib/command.js';
    const library = await folderWith({ [at]: `${line}\nchildProcess.spawn();` });
    const { outputFiles } = await build({
      entryPoints: [join(library, at)],
      bundle: true,
      platform: 'node',
      write: false,
      plugins: [loadLate],
      logLevel: 'silent',
    });
    return outputFiles[0]?.text;
  };

  it('is loaded when it is used', async () => {
    const text = await bundled("const childProcess = require('node:child_process');");
    expect(text).toContain('require("node:child_process").spawn()');
    expect(text).not.toContain('childProcess');
  });

  it('ends the bundling where commander loads it in another way', async () => {
    const other = "const childProcess = require('child_process');";
    await expect(bundled(other)).rejects.toThrow('loadLate in scripts/bundle-plugins.mjs');
  });
});
