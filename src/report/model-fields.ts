import * as v from 'valibot';

/** What the fields of `report.json` are made of. */
export const text = v.string();
export const number = v.pipe(v.number(), v.finite());
export const numbers = v.array(number);
export const optional = v.exactOptional;

/** No more than so many of something. */
export const few = <const Item extends v.GenericSchema>(item: Item, most: number) =>
  v.pipe(v.array(item), v.maxLength(most));
