import { describe, expect, it } from 'vitest';
import { countIdRuns, findIdFaults } from '../../src/descriptors/ids.ts';
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
  findIdFaults(chunks(ids, descr), parseDtype(descr), expected);

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

it.each([
  ['beyond Unicode', 0x110000],
  ['the first half of a character', 0xd83d],
  ['the second half of one', 0xde00],
])('are no text with a code %s', async (_, code) => {
  const data = Buffer.alloc(12);
  data.writeUInt32LE(0x51, 0); // Q
  data.writeUInt32LE(0x51, 4);
  data.writeUInt32LE(code, 8);
  const bytes = (async function* () {
    yield data;
  })();
  await expect(findIdFaults(bytes, parseDtype('<U1'), expected)).rejects.toThrow(
    `id 2 has the code ${code}, which is no character`,
  );
});

it('are counted as runs', async () => {
  const ids = ['Q1', 'Q1', 'Q2', 'Q1'];
  expect(await countIdRuns(chunks(ids, '<U3'), parseDtype('<U3'))).toBe(3);
});

it('hear an interrupt, however many there are', async () => {
  const interruption = new AbortController();
  const endless = (async function* () {
    const block = Buffer.from('QR'.repeat(500_000));
    for (;;) yield block;
  })();
  setTimeout(() => interruption.abort(new Error('enough')), 10);
  const reading = findIdFaults(endless, parseDtype('|S1'), expected, interruption.signal);
  await expect(reading).rejects.toThrow('enough');
});
