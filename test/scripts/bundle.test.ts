import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../support/folder.ts';

const script = (name: string) => import(join(process.cwd(), 'scripts', name));
const { shortNames, nodeStreams } = await script('slimming-plugins.mjs');
const { licencesOf, noticesPage, packageFolders } = await script('notices.mjs');

/** The metafile of what was bundled, and what is shipped of licences. */
const meta = JSON.parse(await readFile('dist/meta.json', 'utf8'));
const notices = await readFile('dist/THIRD-PARTY-NOTICES.txt', 'utf8');

/** What a library's file becomes, run. */
async function bundled(text: string): Promise<{ text: string; exports: Record<string, unknown> }> {
  const folder = await folderWith({ 'node_modules/library/index.js': text });
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'node_modules/library/index.js')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    minifyWhitespace: true,
    minifySyntax: true,
    write: false,
    plugins: [nodeStreams, shortNames],
  });
  const made = outputFiles?.[0]?.text ?? '';
  const module = { exports: {} };
  new Function('module', 'exports', 'require', made)(module, module.exports, () =>
    process.getBuiltinModule('node:stream'),
  );
  return { text: made, exports: module.exports };
}

describe('short names', () => {
  it('leave classes and functions what an error and its stack call them', async () => {
    const { text, exports } = await bundled(`
      class NoSuchThing extends Error { constructor(message) { super(message); this.name = new.target.name; } }
      function findThing(nameOfThing) { const sentence = 'no ' + nameOfThing; throw new NoSuchThing(sentence); }
      module.exports = { find: (wanted) => findThing(wanted) };`);
    const find = exports.find as (wanted: string) => void;
    expect(() => find('spoon')).toThrow(
      expect.objectContaining({
        name: 'NoSuchThing',
        message: 'no spoon',
        stack: expect.stringContaining('findThing'),
      }),
    );
    for (const local of ['nameOfThing', 'sentence', 'wanted']) expect(text).not.toContain(local);
  });
});

describe("Node's streams", () => {
  it('stand for those that libraries bring along', async () => {
    const { exports } = await bundled(`
      module.exports = {
        all: require('readable-stream'),
        through: require('readable-stream/passthrough'),
        plain: require('readable-stream/readable'),
      };`);
    const { PassThrough, Readable } = await import('node:stream');
    expect(exports).toMatchObject({ through: PassThrough, plain: Readable });
    expect((exports.all as { Readable: unknown }).Readable).toBe(Readable);
  });
});

describe('the bundle', () => {
  it('has rooms that load, each of them', async () => {
    const rooms = (await readdir('dist')).filter((name) => name.endsWith('.mjs'));
    expect(rooms.length).toBeGreaterThan(50);
    const load = rooms.map((name) => `await import(${JSON.stringify(`./dist/${name}`)});`);
    // Some take what they share from the start, which then runs as well.
    const words = ['--input-type=module', '--eval', load.join('\n'), 'vsc', '--version'];
    const { exitCode, stderr } = await execa('node', words, { reject: false });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

describe('the notices', () => {
  const folders: string[] = packageFolders(meta.inputs);

  it('name every package that something was bundled of, with its licence and the words of it', async () => {
    const inBundle = Object.keys(meta.inputs).filter((path) => path.includes('node_modules/'));
    const uncounted = inBundle.filter(
      (path) => !folders.some((folder) => path.startsWith(`${folder}/`)),
    );
    expect(uncounted).toEqual([]);
    const manifests = await Promise.all(
      folders.map(async (folder) => JSON.parse(await readFile(`${folder}/package.json`, 'utf8'))),
    );
    expect(manifests.length).toBeGreaterThan(50);
    for (const { name, version, license } of manifests) {
      expect(notices).toContain(`\n${name} ${version} (${license})\n`);
    }
    const licences = await licencesOf(folders);
    for (const { name, text } of licences) {
      expect({ name, text }).toEqual({ name, text: expect.stringMatching(/.{300,}/s) });
      expect(notices).toContain(text);
    }
    expect(notices).toBe(noticesPage(licences));
  });

  const packageWith = async (licence: string | undefined, files: Record<string, string>) => {
    const manifest = { name: 'library', version: '1.0.0', license: licence, author: 'A. Author' };
    return folderWith({ 'package.json': JSON.stringify(manifest), ...files });
  };

  it.each(['MIT', '(GPL-3.0-only OR MIT)', 'MIT AND ISC'])('take %s', async (licence) => {
    const folder = await packageWith(licence, { 'LICENCE.md': 'the words' });
    expect(await licencesOf([folder])).toEqual([
      { name: 'library', version: '1.0.0', licence, text: 'the words' },
    ]);
  });

  it.each(['GPL-3.0-only', 'MIT AND GPL-3.0-only', 'SEE LICENSE IN FILE', undefined])(
    'end the bundling of %s',
    async (licence) => {
      const folder = await packageWith(licence, { LICENSE: 'the words' });
      await expect(licencesOf([folder])).rejects.toThrow(`library has the licence ${licence}`);
    },
  );

  it('end the bundling of what ships no words, but for a licence whose words are known', async () => {
    const folder = await packageWith('MIT', {});
    await expect(licencesOf([folder])).rejects.toThrow('library ships no text of its licence');
    const [{ text }] = await licencesOf([await packageWith('ISC', {})]);
    expect(text).toMatch(/^ISC License\n\nCopyright \(c\) A\. Author\n/);
  });
});
