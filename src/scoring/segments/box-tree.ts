/** Rectangles: a segment of a query times one of a reference. */
export interface Boxes {
  readonly queryStart: Float64Array;
  readonly queryEnd: Float64Array;
  readonly referenceStart: Float64Array;
  readonly referenceEnd: Float64Array;
}

/**
 * Rectangles that are taken out as soon as another one overlaps them. A binary tree over them in the
 * order of their starts, each node with the bounds of what is left below it.
 */
export class BoxTree {
  /** Places of the rectangles in what was given, in the tree's order. */
  readonly #places: Uint32Array;
  readonly #leaves: number;
  /** By node: least starts and greatest ends of what is left. */
  readonly #bounds: Boxes;

  /** @param rows of `boxes` that are in the tree; those without area are left out */
  constructor(boxes: Boxes, rows: Uint32Array) {
    const { queryStart, referenceStart } = boxes;
    const row = (place: number) => rows[place] as number;
    this.#places = Uint32Array.from(rows.keys())
      .filter((place) => hasArea(boxes, row(place)))
      .sort(
        (a, b) =>
          (queryStart[row(a)] as number) - (queryStart[row(b)] as number) ||
          (referenceStart[row(a)] as number) - (referenceStart[row(b)] as number),
      );
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, this.#places.length)));
    const nodes = 2 * this.#leaves;
    this.#bounds = {
      queryStart: new Float64Array(nodes).fill(Infinity),
      queryEnd: new Float64Array(nodes).fill(-Infinity),
      referenceStart: new Float64Array(nodes).fill(Infinity),
      referenceEnd: new Float64Array(nodes).fill(-Infinity),
    };
    this.#places.forEach((place, at) => {
      for (const side of sides) {
        this.#bounds[side][this.#leaves + at] = boxes[side][row(place)] as number;
      }
    });
    for (let node = this.#leaves - 1; node > 0; node -= 1) this.#update(node);
  }

  /** Whether one of the rectangles that are left shares an area with a row of `others`. */
  overlaps(others: Boxes, row: number): boolean {
    return hasArea(others, row) && this.#anyOverlaps(1, others, row);
  }

  #anyOverlaps(node: number, others: Boxes, row: number): boolean {
    if (!this.#mayOverlap(node, others, row)) return false;
    if (node >= this.#leaves) return true;
    return this.#anyOverlaps(2 * node, others, row) || this.#anyOverlaps(2 * node + 1, others, row);
  }

  /** Takes out the rectangles that share an area with a row of `others`; their places in the rows. */
  takeOverlapping(others: Boxes, row: number): readonly number[] {
    if (!hasArea(others, row) || !this.#mayOverlap(1, others, row)) return NONE;
    const taken: number[] = [];
    this.#take(1, others, row, taken);
    return taken;
  }

  #take(node: number, others: Boxes, row: number, taken: number[]): boolean {
    if (!this.#mayOverlap(node, others, row)) return false;
    if (node >= this.#leaves) {
      taken.push(this.#places[node - this.#leaves] as number);
      this.#bounds.queryStart[node] = Infinity;
      this.#bounds.queryEnd[node] = -Infinity;
      this.#bounds.referenceStart[node] = Infinity;
      this.#bounds.referenceEnd[node] = -Infinity;
      return true;
    }
    const left = this.#take(2 * node, others, row, taken);
    const right = this.#take(2 * node + 1, others, row, taken);
    if (left || right) this.#update(node);
    return left || right;
  }

  #mayOverlap(node: number, others: Boxes, row: number): boolean {
    const { queryStart, queryEnd, referenceStart, referenceEnd } = this.#bounds;
    return (
      (queryStart[node] as number) < (others.queryEnd[row] as number) &&
      (queryEnd[node] as number) > (others.queryStart[row] as number) &&
      (referenceStart[node] as number) < (others.referenceEnd[row] as number) &&
      (referenceEnd[node] as number) > (others.referenceStart[row] as number)
    );
  }

  #update(node: number): void {
    const bounds = this.#bounds;
    const [left, right] = [2 * node, 2 * node + 1];
    for (const side of ['queryStart', 'referenceStart'] as const) {
      bounds[side][node] = Math.min(bounds[side][left] as number, bounds[side][right] as number);
    }
    for (const side of ['queryEnd', 'referenceEnd'] as const) {
      bounds[side][node] = Math.max(bounds[side][left] as number, bounds[side][right] as number);
    }
  }
}

function hasArea({ queryStart, queryEnd, referenceStart, referenceEnd }: Boxes, row: number) {
  return (
    (queryStart[row] as number) < (queryEnd[row] as number) &&
    (referenceStart[row] as number) < (referenceEnd[row] as number)
  );
}

const NONE: readonly number[] = [];

const sides = ['queryStart', 'queryEnd', 'referenceStart', 'referenceEnd'] as const;
