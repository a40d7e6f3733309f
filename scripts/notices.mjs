// What the licences of the bundled libraries ask for: that their words come along.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Licences that allow a bundle under MIT to hold what is under them, if their words come along. */
const allowed = new Set([
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC'],
  ...['MIT', 'Python-2.0', 'Unlicense'],
]);

/** For packages that name a licence and ship no text of it. */
const ownTexts = {
  ISC: (author) => `ISC License

Copyright (c) ${author}

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.`,
};

/** The folders of the packages that esbuild took something of. @param inputs of its metafile */
export function packageFolders(inputs) {
  const folders = Object.keys(inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? [],
  );
  return [...new Set(folders)].sort();
}

/**
 * Name, version, licence and its text of the packages in these folders, each version once, by name.
 * @throws Error for one whose licence is not allowed, or has no text
 */
export async function licencesOf(folders) {
  const found = new Map();
  for (const folder of folders) {
    const { name, version, license, author } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    );
    const text = (await textIn(folder)) ?? ownTexts[license]?.(author?.name ?? author);
    if (!isAllowed(license)) throw new Error(`${name} has the licence ${license}: ${folder}`);
    if (text === undefined) throw new Error(`${name} ships no text of its licence: ${folder}`);
    found.set(`${name} ${version}`, { name, version, licence: license, text });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

/** Whether an SPDX expression without nesting allows it. */
function isAllowed(expression = '') {
  const choices = expression.replaceAll(/[()]/g, '').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((name) => allowed.has(name)));
}

async function textIn(folder) {
  const names = (await readdir(folder)).filter((name) =>
    /^(licen[cs]e|copying|notice)/i.test(name),
  );
  const texts = names.sort().map((name) => readFile(join(folder, name), 'utf8'));
  return names.length === 0 ? undefined : (await Promise.all(texts)).join('\n').trim();
}

/** The page that is shipped; packages with the same words share them. */
export function noticesPage(licences) {
  const byText = new Map();
  for (const each of licences) byText.set(each.text, [...(byText.get(each.text) ?? []), each]);
  const parts = [...byText].map(([text, packages]) => {
    const names = packages.map(({ name, version, licence }) => `${name} ${version} (${licence})`);
    return `${names.join('\n')}\n\n${text}\n`;
  });
  const head =
    'vsc is bundled with these libraries, each under the licence that follows its name.\n';
  return [head, ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}
