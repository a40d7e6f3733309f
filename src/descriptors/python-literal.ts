import { MalformedFile } from './malformed.ts';

/** What a Python literal of strings, integers, booleans, tuples, lists and dicts becomes. */
export type PythonValue =
  | string
  | number
  | boolean
  | null
  | readonly PythonValue[]
  | ReadonlyMap<string, PythonValue>;

const TOKEN =
  /\s*(?:(?<punctuation>[{}()[\],:])|[uU]?(?<quoted>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?<integer>-?\d{1,16})L?(?![\w.])|(?<word>True|False|None)(?!\w))/y;
const MAX_DEPTH = 8;

/**
 * Reads the literal that an npy header is, as numpy does with `ast.literal_eval`, and nothing more
 * of Python than such headers use. Throws {@link MalformedFile} on anything else.
 */
export function parsePythonLiteral(text: string): PythonValue {
  const reader = new LiteralReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class LiteralReader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): PythonValue {
    if (depth > MAX_DEPTH) throw this.#unexpected();
    const token = this.#next();
    if (token?.quoted !== undefined) return token.quoted.slice(1, -1).replace(/\\(.)/g, '$1');
    if (token?.integer !== undefined) return Number(token.integer);
    if (token?.word !== undefined) return token.word === 'None' ? null : token.word === 'True';
    if (token?.punctuation === '(') return this.#items(')', depth);
    if (token?.punctuation === '[') return this.#items(']', depth);
    if (token?.punctuation === '{') return this.#pairs(depth);
    throw this.#unexpected();
  }

  end(): void {
    if (this.#text.slice(this.#position).trim() !== '') throw this.#unexpected();
  }

  /** `(3)` reads as a tuple of one too: no header has a number in parentheses. */
  #items(close: string, depth: number): readonly PythonValue[] {
    const items: PythonValue[] = [];
    while (!this.#skip(close)) {
      items.push(this.value(depth + 1));
      if (!this.#skip(',') && !this.#at(close)) throw this.#unexpected();
    }
    return items;
  }

  #pairs(depth: number): ReadonlyMap<string, PythonValue> {
    const pairs = new Map<string, PythonValue>();
    while (!this.#skip('}')) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string' || !this.#skip(':')) throw this.#unexpected();
      pairs.set(key, this.value(depth + 1));
      if (!this.#skip(',') && !this.#at('}')) throw this.#unexpected();
    }
    return pairs;
  }

  #next(): Record<string, string | undefined> | undefined {
    TOKEN.lastIndex = this.#position;
    const groups = TOKEN.exec(this.#text)?.groups;
    if (groups !== undefined) this.#position = TOKEN.lastIndex;
    return groups;
  }

  #at(punctuation: string): boolean {
    const position = this.#position;
    const found = this.#next()?.punctuation === punctuation;
    this.#position = position;
    return found;
  }

  #skip(punctuation: string): boolean {
    const position = this.#position;
    if (this.#next()?.punctuation === punctuation) return true;
    this.#position = position;
    return false;
  }

  #unexpected(): MalformedFile {
    const rest = JSON.stringify(this.#text.slice(this.#position, this.#position + 20));
    return new MalformedFile(`The array's header can't be read at ${rest}.`);
  }
}
