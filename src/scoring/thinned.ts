/** Points of a drawn curve: more are no more to be seen. */
const MAX_POINTS = 300;

/** As many as a curve is drawn with, evenly chosen, with the first and the last. */
export function thinned<T>(items: ArrayLike<T>): readonly T[] {
  const most = MAX_POINTS;
  if (items.length <= most) return Array.from(items);
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, at) => items[Math.round(at * step)] as T);
}
