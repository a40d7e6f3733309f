import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lookAtMp4 } from '../../src/dataset/mp4.ts';
import { box, ftyp, moov, mp4, words } from '../support/mp4.ts';

const folder = mkdtempSync(join(tmpdir(), 'vsc-mp4-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function looked(...parts: readonly (Buffer | string)[]) {
  const path = join(folder, 'video.mp4');
  writeFileSync(path, Buffer.concat(parts.map((part) => Buffer.from(part))));
  return lookAtMp4(path);
}

const mdat = box('mdat', Buffer.alloc(5000));
const sound = { kind: 'sound', seconds: 10 };

/** A box with its length in 64 bits. */
function longBox(type: string, length: bigint, content: Buffer): Buffer {
  const head = Buffer.concat([words(1), Buffer.from(type), Buffer.alloc(8)]);
  head.writeBigUInt64BE(length, 8);
  return Buffer.concat([head, content]);
}

describe('a sound file', () => {
  it.each([
    ['the index in front', [ftyp, moov(), mdat]],
    ['the index at the end', [ftyp, box('free'), mdat, moov()]],
    ['a length of 64 bits', [ftyp, longBox('mdat', 5016n, Buffer.alloc(5000)), moov()]],
    ['media that go to the end', [ftyp, moov(), words(0), 'mdat', Buffer.alloc(3000)]],
    ['something appended', [ftyp, moov(), mdat, 'appended by somebody']],
    ['a QuickTime file without ftyp', [box('wide'), mdat, moov()]],
    ['an audio track first', [ftyp, withTracks('soun', 'vide'), mdat]],
    ['a filling in its index', [ftyp, box('moov', moov().subarray(8), Buffer.alloc(4)), mdat]],
  ])('may have %s', async (_, parts) => {
    expect(await looked(...parts)).toEqual(sound);
  });

  it('may have dates and lengths of 64 bits', async () => {
    const mvhd = box('mvhd', words(0x01000000, 0, 0, 0, 0, 90_000, 0, 450_000), Buffer.alloc(80));
    const index = box('moov', mvhd, moov().subarray(8 + 8 + 100));
    expect(await looked(ftyp, index, mdat)).toEqual({ kind: 'sound', seconds: 5 });
  });

  it('need not say how long it is', async () => {
    const unknown = [0, 0xffffffff].map((units) => {
      const index = moov();
      index.writeUInt32BE(units, 8 + 8 + 16);
      return looked(ftyp, index, mdat);
    });
    expect(await Promise.all(unknown)).toEqual([{ kind: 'sound' }, { kind: 'sound' }]);
  });

  it('may be in fragments, whose lengths it may give in two places', async () => {
    const index = moov({ seconds: 0, samples: 0 });
    const mvex = box('mvex', box('mehd', words(0, 7000)));
    const fragment = [box('moof', Buffer.alloc(30)), mdat];
    const whole = [box('moov', index.subarray(8), mvex), ...fragment, ...fragment];
    expect(await looked(ftyp, ...whole)).toEqual({ kind: 'sound', seconds: 7 });
    const plain = box('moov', index.subarray(8), box('mvex'));
    expect(await looked(ftyp, plain, ...fragment)).toEqual({ kind: 'sound' });
    const sidx = (track: number, ...units: number[]) => {
      const parts = units.flatMap((each) => [100, each, 0]);
      return box('sidx', words(0, track, 100, 0, 0, units.length, ...parts));
    };
    const segments = [sidx(1, 200, 200), sidx(2, 210, 210), ...fragment, sidx(1, 150), ...fragment];
    expect(await looked(ftyp, plain, ...segments)).toEqual({ kind: 'sound', seconds: 5.5 });
    const first = sidx(1, 300, 400);
    first.writeUInt8(0x80, 8 + 24); // of which the first is an index of segments itself
    expect(await looked(ftyp, plain, first, ...fragment)).toEqual({ kind: 'sound', seconds: 4 });
  });
});

/** The index of a file with tracks of these kinds. */
function withTracks(...handlers: string[]): Buffer {
  const [first = Buffer.alloc(0), ...others] = handlers.map((handler) => moov({ handler }));
  const tracks = others.map((index) => index.subarray(8 + 8 + 100));
  return box('moov', first.subarray(8), ...tracks);
}

describe('what is wrong with a file', () => {
  const whole = mp4({ bytes: 5000 });
  it.each([
    ['nothing in it', [], { kind: 'empty' }],
    ['a web page', ['<!DOCTYPE html>'], { kind: 'no-mp4', begins: '<!DOCTYPE html>' }],
    ['a few bytes', [Buffer.alloc(3)], { kind: 'no-mp4', begins: '\0\0\0' }],
    ['zeros', [Buffer.alloc(9000)], { kind: 'no-mp4', begins: '\0'.repeat(16) }],
    ['its end missing', [whole.subarray(0, -1)], { kind: 'cut-off', missing: 1 }],
    ['the index at the end missing', [ftyp, mdat], { kind: 'cut-off' }],
    ['its last part not written', [ftyp, mdat, Buffer.alloc(500)], { kind: 'cut-off' }],
    ['only its index', [ftyp, moov()], { kind: 'cut-off' }],
    [
      'its index cut',
      [ftyp, mdat, moov().subarray(0, 100)],
      { kind: 'cut-off', missing: expect.any(Number) },
    ],
    [
      'sound alone',
      [ftyp, moov({ handler: 'soun' }), mdat],
      { kind: 'no-frames', why: 'no video track' },
    ],
    [
      'an encrypted track',
      [ftyp, moov({ coding: 'encv' }), mdat],
      { kind: 'no-frames', why: 'encrypted' },
    ],
    [
      'no frames',
      [ftyp, moov({ samples: 0 }), mdat],
      { kind: 'no-frames', why: 'a video track without frames' },
    ],
    [
      'a damaged index',
      [ftyp, box('moov', words(4000), Buffer.from('trak')), mdat],
      { kind: 'no-frames', why: 'its index is damaged' },
    ],
  ])('%s', async (_, parts, expected) => {
    expect(await looked(...parts)).toEqual(expected);
  });
});

describe('a hostile file', () => {
  it('may declare any length: no more is read than is there', async () => {
    const huge = [0xffff_ffff_ffff_ffffn, 0x7fff_ffff_ffff_ffffn];
    for (const length of huge) {
      const parts = [ftyp, moov(), longBox('mdat', length, Buffer.alloc(10))];
      expect(await looked(...parts)).toMatchObject({ kind: 'cut-off' });
    }
    expect(await looked(ftyp, longBox('mdat', 3n, Buffer.alloc(10)), moov())).toEqual({
      kind: 'cut-off',
    });
  });

  it('may have boxes in boxes without end', async () => {
    let nested = box('trak');
    for (let depth = 0; depth < 5000; depth += 1) nested = box('mdia', nested);
    expect(await looked(ftyp, box('moov', nested), mdat)).toMatchObject({ kind: 'no-frames' });
  });

  it('may have a million boxes, of which the first count', async () => {
    const many = Buffer.concat(Array.from({ length: 1_000_000 }, () => box('free')));
    expect(await looked(ftyp, moov(), mdat, many)).toEqual(sound);
  });

  it('may be of a hundred gigabytes', async () => {
    const path = join(folder, 'sparse.mp4');
    writeFileSync(
      path,
      Buffer.concat([ftyp, moov(), longBox('mdat', 100_000_000_000n, Buffer.alloc(0))]),
    );
    await truncate(path, 100_000_000_000);
    expect(await lookAtMp4(path)).toMatchObject({ kind: 'cut-off' });
  });
});
