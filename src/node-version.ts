import manifest from '../package.json' with { type: 'json' };

/** The parts of `engines`, e.g. of `^20.19.0 || >=24.0.0`: a version, and with `^` its major only. */
function clauses() {
  return manifest.engines.node.split(' || ').map((text) => {
    const found = /^(\^|>=)(\d+)\.(\d+)\.(\d+)$/.exec(text);
    if (found === null) throw new Error(`"${text}" is more than this reader of ranges knows.`);
    const [major = 0, minor = 0, patch = 0] = found.slice(2).map(Number);
    return { andLater: found[1] === '>=', major, minor, patch };
  });
}

/** Whether `vsc` runs on a version of Node, e.g. `v20.19.0`: whether its package's `engines` has it. */
export function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = (version.match(/\d+/g) ?? []).map(Number);
  return clauses().some((from) => {
    if (major !== from.major) return from.andLater && major > from.major;
    return minor > from.minor || (minor === from.minor && patch >= from.patch);
  });
}

/** The versions of Node that `vsc` runs on: `20 (from 20.19), 22 (from 22.12), 24 or later`. */
export function supportedNodes(): string {
  return clauses()
    .map(({ andLater, major, minor }) => {
      return andLater ? `${major} or later` : `${major} (from ${major}.${minor})`;
    })
    .join(', ');
}

/** What to do where Node is none of them. */
export function installNode(): string {
  const known = clauses();
  const newest = known[known.length - 1]; // an old Node, which has to say this, knows no `at`
  return `Install Node ${newest?.major} or later: https://nodejs.org`;
}
