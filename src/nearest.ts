import { distance } from 'fastest-levenshtein';

/** The question that ends an error for an unknown word: ` Did you mean a or b?`; nothing where no name is near. */
export function didYouMean(word: string, names: readonly string[]): string {
  const nearest = nearestTo(word, names);
  if (nearest.length === 0) return '';
  const last = nearest.slice(-2).join(' or ');
  return ` Did you mean ${[...nearest.slice(0, -2), last].join(', ')}?`;
}

/** Those of `names` that hold the word (`pack`), else those that, or a part of which, a few edits lead to. */
function nearestTo(word: string, names: readonly string[]): string[] {
  const holding = names.filter((name) => word.length > 2 && name.includes(word));
  if (holding.length > 0) return holding;
  const edits = names.flatMap((name) =>
    [...new Set([name, ...name.split(/[-_]/)])]
      .map((part) => ({ name, part, count: distance(word, part) }))
      .filter(({ part, count }) => count <= 3 && count <= part.length / 2),
  );
  const least = Math.min(...edits.map(({ count }) => count));
  return edits.filter(({ count }) => count === least).map(({ name }) => name);
}
