/**
 * Bytes that have no place in a program's text, seen as latin1: control characters other than tab,
 * line feed, carriage return and backspace, and the C1 controls as UTF-8 writes them.
 */
const suspicious = /[\x00-\x07\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]/;

/** What progress bars and coloured logs use: colours, cursor up and down, erasing a line. */
const harmless = /^\x1b\[[0-9;]*[mABKCD]/;

const escapes =
  /\x1b(?:\[[0-9;]*[mABKCD])?|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]|\xc2[\x80-\x9f]/g;

/** The beginning of an escape sequence, or of a C1 control, that the next chunk may complete. */
const unfinished = /(?:\x1b(?:\[[0-9;]{0,32})?|\xc2)$/;

/**
 * Lets text pass, and of terminals' control sequences only those that colour it or move within the
 * last lines. Others (titles, clipboard, alternate screens, cursor jumps) lose their power: the
 * escape character becomes `^[`. Works on bytes, for a program's output need not be valid UTF-8.
 */
export class TextFilter {
  #rest = '';

  /** What of the text so far may be shown; an unfinished sequence waits for the next chunk. */
  push(chunk: Uint8Array): Uint8Array {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const text = this.#rest + bytes.toString('latin1');
    this.#rest = '';
    if (!suspicious.test(text) && !text.endsWith('\xc2')) return Buffer.from(text, 'latin1');
    this.#rest = unfinished.exec(text)?.[0] ?? '';
    return this.#clean(text.slice(0, text.length - this.#rest.length));
  }

  /** What was still waiting. */
  end(): Uint8Array {
    const rest = this.#rest;
    this.#rest = '';
    return this.#clean(rest);
  }

  #clean(text: string): Uint8Array {
    const clean = text.replace(escapes, (found) => {
      if (harmless.test(found)) return found;
      return found.startsWith('\x1b') ? `^[${found.slice(1)}` : '';
    });
    return Buffer.from(clean, 'latin1');
  }
}
