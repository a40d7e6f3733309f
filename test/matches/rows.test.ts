import { expect, it } from 'vitest';
import { MatchRows, UnreadableRows } from '../../src/matches/rows.ts';

it('gives the rows of so many bytes as are allowed, and then refuses the file', () => {
  const text = 'a,b\nc,d\n';
  for (const size of [1, 3, 99]) {
    const rows: string[] = [];
    const reader = new MatchRows((fields) => rows.push(fields.join()), text.length);
    const push = (more: string) => {
      const bytes = Buffer.from(more);
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    };
    push(text);
    expect(() => push('e,f\n')).toThrow(UnreadableRows);
    expect(rows).toEqual(['a,b', 'c,d']);
  }
});

it('counts lines by any of their ends, wherever a chunk ends', () => {
  const bytes = Buffer.from('a\r\nb\rc\n\r\rd\r');
  for (const size of [1, 2, 3, 99]) {
    const rows: unknown[] = [];
    const reader = new MatchRows(([field], line) => rows.push([field, line]));
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    reader.end();
    expect(rows).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 6],
    ]);
  }
});
