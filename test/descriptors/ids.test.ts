import { describe, expect, it } from 'vitest';
import { countIdRuns, findIdFaults } from '../../src/descriptors/ids.ts';
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

/** The bytes of ids of a character each. */
async function* characters(...codes: readonly number[]) {
  yield Buffer.from(Uint32Array.from(codes).buffer);
}

it.each([
  ['beyond Unicode', 0x110000],
  ['the first of the halves of a character', 0xd800],
  ['the first half of a character', 0xd83d],
  ['the second half of one', 0xde00],
  ['the last of the halves', 0xdfff],
])('are no text with a code %s', async (_, code) => {
  const reading = findIdFaults(characters(0x51, 0x51, code), parseDtype('<U1'), expected);
  await expect(reading).rejects.toThrow(MalformedFile);
  await expect(reading).rejects.toThrow(`id 2 has the code ${code}, which is no character.`);
});

it('may have any character that there is', async () => {
  const codes = [0xd7ff, 0xe000, 0x10ffff];
  const found = await findIdFaults(characters(...codes), parseDtype('<U1'), expected);
  expect(found).toEqual({ wrongKind: { index: 0, id: '\ud7ff' } });
});

it.each([
  [1_000, ''],
  [1_001, '…'],
])('of %i characters end in %j where they are shown', async (length, end) => {
  const { unknown } = await faults([`Q${'x'.repeat(length - 1)}`], `<U${length + 1}`);
  expect(unknown).toEqual({ index: 0, id: `Q${'x'.repeat(999)}${end}` });
});

it('are shown whole wherever they stand', async () => {
  const ids = [...Array(600).fill('Q1'), 'Q3'];
  expect(await faults(ids)).toEqual({ unknown: { index: 600, id: 'Q3' } });
});

it('may be none, and may begin with an empty one', async () => {
  expect(await faults([])).toEqual({});
  expect(await faults(['', 'Q1'])).toEqual({ wrongKind: { index: 0, id: '' } });
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
