/** The question that ends an error for an unknown word: ` Did you mean a or b?`; nothing where no name is near. */
export async function didYouMean(word: string, names: readonly string[]): Promise<string> {
  const nearest = await nearestTo(word, names);
  if (nearest.length === 0) return '';
  const either = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(nearest);
  return ` Did you mean ${either}?`;
}

/** Those of `names` that hold the word (`pack`), else those that, or a part of which, a few edits lead to. */
async function nearestTo(word: string, names: readonly string[]): Promise<string[]> {
  const holding = names.filter((name) => word.length > 2 && name.includes(word));
  if (holding.length > 0) return holding;
  const { default: levenshtein } = await import('fastest-levenshtein');
  const edits = names.flatMap((name) =>
    [...new Set([name, ...name.split(/[-_]/)])]
      .map((part) => ({ name, part, count: levenshtein.distance(word, part) }))
      .filter(({ part, count }) => count <= 3 && count <= part.length / 2),
  );
  const least = Math.min(...edits.map(({ count }) => count));
  return edits.filter(({ count }) => count === least).map(({ name }) => name);
}
