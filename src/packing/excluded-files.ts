/** What editors, operating systems and tools leave in folders: never part of a submission. */
const leftBehind = new Set([
  '__MACOSX',
  '.ipynb_checkpoints',
  '.DS_Store',
  'Thumbs.db',
  'desktop.ini',
]);

/** Whether a file or folder of this name is Python's cache. */
export function isPythonCache(name: string): boolean {
  return name === '__pycache__' || /\.py[co]$/.test(name);
}

/** Whether a file or folder of this name stays out of a submission. */
export function isDropping(name: string): boolean {
  return isPythonCache(name) || leftBehind.has(name) || name.startsWith('.git');
}
