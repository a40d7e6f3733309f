/** What stands for a secret in another program's output. */
const mask = '***';

/** A shorter text is in too many others to be looked for: `1`, `true`. */
const leastLength = 6;

/**
 * Takes secrets out of a program's output, however that was cut into chunks. A secret of several lines is looked
 * for line by line, as programs print it; one that was encoded is not found.
 */
export class Mask {
  /** Each character stands for a byte, so that what is no text stays what it is. */
  readonly #secrets: readonly string[];
  readonly #any: RegExp;
  #held = '';

  constructor(secrets: readonly string[]) {
    const lines = secrets.flatMap((secret) => secret.split(/[\r\n]+/)).map((line) => line.trim());
    const long = lines.filter((line) => line.length >= leastLength);
    this.#secrets = [...new Set(long)]
      .map((line) => Buffer.from(line).toString('latin1'))
      .sort((a, b) => b.length - a.length); // of two that begin alike the longer one is taken
    const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    this.#any = new RegExp(this.#secrets.map(literal).join('|'), 'g');
  }

  /** The output so far; what may be the beginning of a secret waits for the next chunk. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#secrets.length === 0) return chunk;
    const text = this.#held + Buffer.from(chunk).toString('latin1');
    let shown = '';
    let from = 0;
    for (;;) {
      const waits = this.#beginning(text, from);
      this.#any.lastIndex = from;
      const found = this.#any.exec(text);
      if (found === null || found.index >= waits) {
        this.#held = text.slice(waits);
        return Buffer.from(shown + text.slice(from, waits), 'latin1');
      }
      shown += text.slice(from, found.index) + mask;
      from = found.index + found[0].length;
    }
  }

  /** What was still waiting, at the output's end. */
  end(): Uint8Array {
    const rest = this.#held;
    this.#held = '';
    return Buffer.from(this.#secrets.length === 0 ? '' : rest.replace(this.#any, mask), 'latin1');
  }

  /** A whole text without secrets. */
  text(whole: string): string {
    if (this.#secrets.length === 0) return whole;
    const bytes = Buffer.from(whole).toString('latin1').replace(this.#any, mask);
    return Buffer.from(bytes, 'latin1').toString();
  }

  /** Where from `from` on the first secret begins that the text ends in the middle of; its length if none does. */
  #beginning(text: string, from: number): number {
    const longest = this.#secrets[0]?.length ?? 0;
    for (let at = Math.max(from, text.length - longest + 1); at < text.length; at += 1) {
      const end = text.slice(at);
      if (this.#secrets.some((secret) => secret.length > end.length && secret.startsWith(end))) {
        return at;
      }
    }
    return text.length;
  }
}
