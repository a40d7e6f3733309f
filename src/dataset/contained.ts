import { readlink, realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { EnvironmentError } from '../errors.ts';
import { localDisk } from '../files.ts';
import { whatIs } from '../places.ts';
import { firstLines } from '../progress/format.ts';
import { quoted } from '../progress/visible.ts';
import { slashed } from '../slashed.ts';
import { Pace } from '../turn.ts';
import { walk } from '../walk.ts';

/**
 * Makes sure that a container can be given the folder as it is, mounted or copied: files, folders, and
 * relative symlinks that stay inside. Nothing is opened and no link followed but the folder itself, so
 * that no file from elsewhere is handed in.
 *
 * @param next how to make the folder anew
 * @throws EnvironmentError that names what else is in it; the signal's reason
 */
export async function requireContained(
  folder: string,
  next: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const faults = await localDisk(`look into ${folder}`, () => faultsIn(folder, signal));
  if (faults.length === 0) return;
  const what = `These are in ${folder}, and a container can't be given them:`;
  const byHand = 'Or put the files themselves in the place of the links, and take the rest away.';
  throw new EnvironmentError(`${what}\n${firstLines(faults)}`, [...next, byHand]);
}

async function faultsIn(folder: string, signal: AbortSignal | undefined): Promise<string[]> {
  const faults: string[] = [];
  const tree = new Map<string, Kind>();
  for await (const { name, path, stats } of walk(await realpath(folder), { signal })) {
    if (stats.isSymbolicLink()) tree.set(name, { target: slashed(await readlink(path)) });
    else tree.set(name, stats.isDirectory() ? 'folder' : 'file');
    const isPlain = stats.isSymbolicLink() || stats.isDirectory() || stats.isFile();
    if (!isPlain) faults.push(`${name}: ${whatIs(stats)}`);
  }
  const pace = new Pace(signal);
  for (const [name, kind] of tree) {
    if (typeof kind === 'string') continue;
    if (pace.isDue) await pace.turn();
    const end = endOf(name, tree);
    if (end !== 'inside') faults.push(`${name}: a symlink to ${quoted(kind.target)}, which ${end}`);
  }
  return faults;
}

/** What a name in a folder stands for. */
type Kind = 'folder' | 'file' | { readonly target: string };

/** As many links in a chain as Linux follows. */
const maxHops = 40;

const partsOf = (path: string) => path.split('/').filter((part) => part !== '' && part !== '.');

/** Where a symlink leads as the container sees it, which has nothing of what is around the folder. */
function endOf(name: string, tree: ReadonlyMap<string, Kind>) {
  const at: string[] = [];
  const ahead = partsOf(name);
  for (let hops = 0; ahead.length > 0; ) {
    const part = ahead.shift() ?? '';
    if (part === '..') {
      if (at.pop() === undefined) return 'leads out of the folder';
      continue;
    }
    const kind = tree.get([...at, part].join('/'));
    if (kind === undefined || (kind === 'file' && ahead.length > 0)) return 'is not there';
    if (typeof kind === 'string') {
      at.push(part);
      continue;
    }
    hops += 1;
    if (hops > maxHops) return 'leads in a circle';
    if (isAbsolute(kind.target)) return 'leads out of the folder';
    ahead.unshift(...partsOf(kind.target));
  }
  return 'inside';
}
