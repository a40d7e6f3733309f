/** A box of an MP4 file: its length, its type, its content. */
export function box(type: string, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** Numbers of 32 bits, as boxes hold them. */
export function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) buffer.writeUInt32BE(value, 4 * index);
  return buffer;
}

export const ftyp = box('ftyp', Buffer.from('isom'), words(512), Buffer.from('isomavc1'));

/** The index of a file with one track. */
export function moov({
  seconds = 10,
  handler = 'vide',
  coding = 'avc1',
  samples = 250,
} = {}): Buffer {
  const mvhd = box('mvhd', words(0, 0, 0, 1000, Math.round(seconds * 1000)), Buffer.alloc(80));
  const hdlr = box('hdlr', words(0, 0), Buffer.from(handler), Buffer.alloc(13));
  const stsd = box('stsd', words(0, 1), box(coding, Buffer.alloc(78)));
  const stbl = box('stbl', stsd, box('stsz', words(0, 0, samples)));
  return box('moov', mvhd, box('trak', box('mdia', hdlr, box('minf', stbl))));
}

/** A file whose container is sound; no decoder would find frames in it. */
export function mp4({ seconds = 10, bytes = 100 } = {}): Buffer {
  return Buffer.concat([ftyp, moov({ seconds }), box('mdat', Buffer.alloc(bytes))]);
}
