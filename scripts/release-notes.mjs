// Prints what CHANGELOG.md says of a version, for its release; fails for one that isn't package.json's, or of
// which it says nothing.
//
//   node scripts/release-notes.mjs v1.2.3
import { readFileSync } from 'node:fs';

const fail = (message) => {
  console.error(message);
  process.exit(2);
};

const [tag = ''] = process.argv.slice(2);
const version = tag.replace(/^v/, '');
const { version: packaged } = JSON.parse(readFileSync('package.json', 'utf8'));
if (version !== packaged) {
  fail(`The tag is ${tag || 'missing'}, but package.json has the version ${packaged}.`);
}
// "## 1.2.3" or "## 1.2.3 (2026-11-30)", up to the next heading of its kind.
const [, ...sections] = `\n${readFileSync('CHANGELOG.md', 'utf8')}`.split('\n## ');
const section = sections.find((text) => text.split(/\s/, 1)[0] === version);
const notes = section?.split('\n').slice(1).join('\n').trim();
if (!notes) fail(`CHANGELOG.md has no section "## ${version}", or nothing in it.`);
console.log(notes);
