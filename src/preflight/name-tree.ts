/** Two names of a zip that can't both be unpacked, or not everywhere. */
export interface Clash {
  readonly rule: 'duplicate-entry' | 'file-and-folder' | 'case-clash';
  /** The end of a sentence that begins with the name, before `other` if there is one. */
  readonly reason: string;
  readonly other?: string;
}

interface Node {
  /** As it was spelled first; the way to it is its parents'. */
  readonly part: string;
  readonly above: Node | undefined;
  /** By their names in lower case. */
  readonly below: Map<string, Node>;
  isFile: boolean;
}

/** The names in a zip as the folders and files that they become; a name costs its length, no more. */
export class NameTree {
  readonly #root: Node = { part: '', above: undefined, below: new Map(), isFile: false };

  /** Adds a name by its parts and tells what it clashes with. */
  add(parts: readonly string[], isFolder: boolean): Clash | undefined {
    let node = this.#root;
    let clash: Clash | undefined;
    let isNew = false;
    for (const part of parts) {
      if (node.isFile)
        clash ??= { rule: 'file-and-folder', reason: 'lies in a file,', other: pathOf(node) };
      const folded = part.toLowerCase();
      const known = node.below.get(folded);
      isNew = known === undefined;
      const next = known ?? { part, above: node, below: new Map(), isFile: false };
      node.below.set(folded, next);
      if (next.part !== part) {
        clash ??= { rule: 'case-clash', reason: 'differs only in case from', other: pathOf(next) };
      }
      node = next;
    }
    if (isFolder) {
      return node.isFile
        ? (clash ?? { rule: 'file-and-folder', reason: 'is both a file and a folder' })
        : clash;
    }
    if (!isNew && clash === undefined) {
      clash = node.isFile
        ? { rule: 'duplicate-entry', reason: 'is in the zip more than once' }
        : { rule: 'file-and-folder', reason: 'is both a file and a folder' };
    }
    node.isFile = true;
    return clash;
  }

  /** Whether there is a file or folder at `path`. */
  has(path: string): boolean {
    let node: Node | undefined = this.#root;
    for (const part of path.split('/')) {
      node = node.below.get(part.toLowerCase());
      if (node?.part !== part) return false;
    }
    return true;
  }
}

function pathOf({ part, above }: Node): string {
  return above?.above === undefined ? part : `${pathOf(above)}/${part}`;
}
