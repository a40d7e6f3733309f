/** What Python itself says of a source file before it runs it, and where comments are. */

const CODING = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;
const UTF8_NAMES = /^utf[-_]?8(?:[-_]sig)?$/i;
const STRING_START = /[rRbBuUfF]{0,2}('''|"""|'|")/y;

/**
 * Why Python would refuse these bytes as source, without a look at the syntax; `undefined` if it
 * would not. Another encoding that is declared as PEP 263 has it is believed.
 */
export function sourceFault(bytes: Buffer): string | undefined {
  const zero = bytes.indexOf(0);
  if (zero !== -1) return `has a NUL byte at offset ${zero}`;
  const [first = '', second = ''] = bytes.subarray(0, 1024).toString('latin1').split('\n');
  const coding = CODING.exec(first)?.[1] ?? CODING.exec(second)?.[1] ?? 'utf-8';
  if (!UTF8_NAMES.test(coding)) return undefined;
  const offset = firstInvalidUtf8(bytes);
  return offset === undefined ? undefined : `is not valid UTF-8 at offset ${offset}`;
}

/** Where `bytes` stop being UTF-8. */
function firstInvalidUtf8(bytes: Buffer): number | undefined {
  const isValid = (length: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return undefined;
  } catch {
    let [valid, invalid] = [0, bytes.length + 1];
    while (invalid - valid > 1) {
      const middle = (valid + invalid) >>> 1;
      if (isValid(middle)) valid = middle;
      else invalid = middle;
    }
    return Math.min(valid, bytes.length - 1);
  }
}

/**
 * The source with comments and docstrings blanked out, of the same length and with the same lines.
 * Other strings stay: they may be commands.
 */
export function blankComments(source: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < source.length) {
    const end = tokenEnd(source, at);
    const token = source.slice(at, end);
    parts.push(isCommentary(source, at, token) ? token.replace(/[^\n]/g, ' ') : token);
    at = end;
  }
  return parts.join('');
}

/** The end of the comment, the string or the plain code that begins at `at`. */
function tokenEnd(source: string, at: number): number {
  if (source[at] === '#') {
    const end = source.indexOf('\n', at);
    return end === -1 ? source.length : end;
  }
  STRING_START.lastIndex = at;
  const quote = STRING_START.exec(source)?.[1];
  if (quote !== undefined) return stringEnd(source, STRING_START.lastIndex, quote);
  const word = /\w+|[^\w]/y;
  word.lastIndex = at;
  return word.test(source) ? word.lastIndex : at + 1;
}

function stringEnd(source: string, start: number, quote: string): number {
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source.startsWith(quote, at)) return at + quote.length;
    else if (source[at] === '\n' && quote.length === 1) return at;
  }
  return source.length;
}

/** A comment, or a long string that begins a line: a docstring. */
function isCommentary(source: string, at: number, token: string): boolean {
  if (token.startsWith('#')) return true;
  if (!/^[rRuU]?(?:'''|""")/.test(token)) return false;
  let before = at - 1;
  while (source[before] === ' ' || source[before] === '\t') before -= 1;
  return before < 0 || source[before] === '\n';
}
