import { describe, expect, it } from 'vitest';
import { findIdFaults, readIdRuns } from '../../src/descriptors/ids.ts';
import { MalformedFile } from '../../src/descriptors/malformed.ts';
import { parseDtype } from '../../src/descriptors/npy.ts';
import { idsNpy } from './support.ts';

const known = new Map(['Q1', 'Q2', 'Q10', 'Q\u{1f600}', 'Q\uffee'].map((id) => [id, 1]));
const expected = { known, initial: 'Q' };

/** Ids as numpy stores them, in pieces that cut through them, whose memory is used again. */
function chunks(ids: readonly string[], descr: string): AsyncGenerator<Uint8Array> {
  const width = Number(descr.slice(2));
  const unicode = idsNpy(ids, width).subarray(128);
  const data = descr[1] === 'U' ? unicode : Buffer.from(unicode.filter((_, at) => at % 4 === 0));
  if (descr.startsWith('>')) data.swap32();
  return (async function* () {
    const piece = Buffer.alloc(5);
    for (let at = 0; at < data.length; at += 5) {
      yield piece.subarray(0, data.copy(piece, 0, at));
      piece.fill(0xee);
    }
  })();
}

const faults = (ids: readonly string[], descr = '<U3') =>
  findIdFaults(chunks(ids, descr), parseDtype(descr), ids.length, expected);

describe.each(['<U3', '>U3', '|S3', '<U9', '|S9'])('ids as %s', (descr) => {
  it('are fine in order, equal neighbours too', async () => {
    expect(await faults(['Q1', 'Q1', 'Q10', 'Q2', 'Q2'], descr)).toEqual({});
  });

  it('have the first fault of each kind told', async () => {
    const ids = ['Q1', 'Q2', 'Q2', 'Q10', 'Q1', 'R1', 'Q3', 'Q4', ''];
    expect(await faults(ids, descr)).toEqual({
      unsorted: { index: 2, id: 'Q2', next: 'Q10' },
      wrongKind: { index: 5, id: 'R1' },
      unknown: { index: 6, id: 'Q3' },
    });
  });
});

it('are in code point order, which is not the order of UTF-16', async () => {
  expect('\u{1f600}' < '\uffee').toBe(true);
  expect(await faults(['Q\uffee', 'Q\u{1f600}'])).toEqual({});
  expect((await faults(['Q\u{1f600}', 'Q\uffee'])).unsorted?.index).toBe(0);
});

it('may have no width at all', async () => {
  expect(await faults(['', ''], '<U0')).toEqual({ wrongKind: { index: 0, id: '' } });
});

it('are refused where they are wider than 64 KiB', async () => {
  await expect(faults([], '<U65536')).rejects.toThrow(MalformedFile);
});

it('with impossible code points are unknown', async () => {
  const data = Buffer.alloc(4, 0xff);
  const found = await findIdFaults(
    (async function* () {
      yield data;
    })(),
    parseDtype('<U1'),
    1,
    expected,
  );
  expect(found).toEqual({ wrongKind: { index: 0, id: '\ufffd' } });
});

it('are read as runs', async () => {
  const runs = [];
  for await (const run of readIdRuns(
    chunks(['Q1', 'Q1', 'Q2', 'Q1'], '<U3'),
    parseDtype('<U3'),
    4,
  )) {
    runs.push(run);
  }
  expect(runs).toEqual([
    { id: 'Q1', start: 0, end: 2 },
    { id: 'Q2', start: 2, end: 3 },
    { id: 'Q1', start: 3, end: 4 },
  ]);
});
