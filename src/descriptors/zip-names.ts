import { quoted } from '../progress/visible.ts';
import { MalformedFile } from './malformed.ts';

/** What of an entry's extra fields has a say in what it is. */
export interface ExtraFields {
  /** Sizes and offsets of more than 32 bits. */
  readonly zip64: Buffer | undefined;
  /** A name in UTF-8 that some readers take instead of the entry's own. */
  readonly unicodePath: Buffer | undefined;
}

const ZIP64 = 0x0001;
const UNICODE_PATH = 0x7075;
/** A version and a checksum stand before the name (APPNOTE 4.6.9). */
const UNICODE_PATH_HEAD_BYTES = 5;
const FIELD_HEAD_BYTES = 4;

/**
 * Reads extra fields (APPNOTE 4.5). Less than the head of a field at their end is padding.
 * @throws MalformedFile where one is cut short, or one that matters is there twice
 */
export function readExtraFields(fields: Buffer): ExtraFields {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + FIELD_HEAD_BYTES <= fields.length; ) {
    const id = fields.readUInt16LE(at);
    const end = at + FIELD_HEAD_BYTES + fields.readUInt16LE(at + 2);
    const matters = id === ZIP64 || id === UNICODE_PATH;
    if (end > fields.length || (matters && found.has(id))) {
      throw new MalformedFile('An entry has extra fields that are damaged.');
    }
    if (matters) found.set(id, fields.subarray(at + FIELD_HEAD_BYTES, end));
    at = end;
  }
  return {
    zip64: found.get(ZIP64),
    unicodePath: found.get(UNICODE_PATH)?.subarray(UNICODE_PATH_HEAD_BYTES),
  };
}

export const UTF8_FLAG = 0x800;
const HOST_UNIX = 3;
const HOST_MACOS = 19;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The upper half of code page 437, in which a zip's names are where nothing says otherwise (APPNOTE D.1). */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/**
 * An entry's name: UTF-8 where its flags say so or it was made on Unix, else code page 437, as
 * Info-ZIP has it.
 * @throws MalformedFile for a name that readers would take for different ones
 */
export function decodeName(
  raw: Buffer,
  {
    flags,
    madeBy,
    extra: { unicodePath },
  }: { readonly flags: number; readonly madeBy: number; readonly extra: ExtraFields },
): string {
  const isUtf8 = (flags & UTF8_FLAG) !== 0 || madeBy === HOST_UNIX || madeBy === HOST_MACOS;
  const name = isUtf8 ? decodeUtf8(raw) : decodeCp437(raw);
  const isOther =
    unicodePath !== undefined && !unicodePath.equals(raw) && decodeUtf8(unicodePath) !== name;
  if (isOther) throw refused(raw, 'has another name in an extra field (0x7075)');
  if (name.includes('\0')) throw refused(raw, 'has a NUL in its name');
  return unicodePath === undefined ? name : decodeUtf8(unicodePath);
}

export function decodeUtf8(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw refused(bytes, 'has a name that is not UTF-8', error);
  }
}

function decodeCp437(bytes: Buffer): string {
  return Array.from(bytes, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : CP437[byte - 0x80],
  ).join('');
}

function refused(raw: Buffer, what: string, cause?: unknown): MalformedFile {
  return new MalformedFile(`${quoted(raw.toString('latin1'))} ${what}.`, { cause });
}

/** The parts of a name that lead to a file: no empty ones, no `.`; accents as one character each. */
export function partsOf(name: string): readonly string[] {
  return name
    .normalize('NFC')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
}

/** The same for all spellings of a name. */
export function normalName(name: string): string {
  return partsOf(name).join('/');
}
