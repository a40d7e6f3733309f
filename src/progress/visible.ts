/**
 * Characters that show nothing, or change what others show: controls, formatting ones (bidirectional,
 * zero-width, tags), odd line ends and halves of characters. One that turns text around (U+202E)
 * could show a file name that no file has, one that begins an escape sequence take a terminal over.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The same without those that a text of several lines needs. */
const invisibleInLines = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Most characters of a value in quotes. */
const longestQuoted = 40;

/** Most characters of a file's name in a message. */
const longestName = 120;

/** What stands for a character that can't be seen: `\n`, `\x1b`, `\u202e`, `\u{e0001}`. */
export function escapeOf(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code > 0xffff) return `\\u{${digits}}`;
  return code > 0xff ? `\\u${digits.padStart(4, '0')}` : `\\x${digits.padStart(2, '0')}`;
}

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text of several lines with what can't be seen as escapes; a visible text stays as it is. */
export function visible(text: string): string {
  return text.replace(invisibleInLines, escapeOf);
}

/** As `visible`, and on one line: for a value in a sentence, which must not end the line. */
export function visibleLine(text: string): string {
  return text.replace(invisible, escapeOf);
}

/** As `visibleLine`, cut after `max` characters, and how many of the text's are left out. */
export function shortened(text: string, max: number): string {
  const { shown, more } = cut(text, max, visibleLine);
  return more === 0 ? shown : `${shown}… (${more} more characters)`;
}

/** A file's name as a message shows it. */
export function shownName(name: string): string {
  return shortened(name, longestName);
}

/** A value out of a file as a message shows it: in quotes, on one line, never long. */
export function quoted(value: string): string {
  const show = (text: string) => visibleLine(text.replace(/["\\]/g, '\\$&'));
  const { shown, more } = cut(value, longestQuoted, show);
  return `"${shown}${more === 0 ? '' : '…'}"`;
}

/** As much of a text as is shown in `max` characters, none of them in halves, and how much is not. */
function cut(
  text: string,
  max: number,
  show: (text: string) => string,
): { readonly shown: string; readonly more: number } {
  const whole = text.length > max ? undefined : show(text);
  if (whole !== undefined && whole.length <= max) return { shown: whole, more: 0 };
  let shown = '';
  let taken = 0;
  for (const character of text) {
    const next = show(character);
    if (shown.length + next.length > max) break;
    shown += next;
    taken += character.length;
  }
  return { shown, more: text.length - taken };
}
