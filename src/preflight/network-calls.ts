import type { Finding } from '../errors.ts';

/** A Python file of a submission. */
export interface PythonFile {
  readonly name: string;
  readonly text: string;
}

interface Pattern {
  readonly what: string;
  readonly call: RegExp;
  /** Whether the call does without the network after all, by its arguments. */
  readonly isLocal?: (args: string, exists: PathExists) => boolean;
}

/** Whether a relative path, of a file or a folder, is in the submission. */
export type PathExists = (path: string) => boolean;

const FIRST_STRING = /^\s*(?:pretrained_model_name_or_path\s*=\s*)?[rbuf]{0,2}(['"])([^'"\n]*)\1/i;
const MAX_ARGUMENTS = 2_000;
const STRING_START = /[rRbBuUfF]{0,2}('''|"""|'|")/y;
const PLAIN_CODE = /\w+|\W/y;
/** Enough to see what is meant. */
const MAX_PLACES = 20;

/** Calls that load weights or other files from the network, by the libraries of the image. */
const PATTERNS: readonly Pattern[] = [
  { what: 'from_pretrained', call: /\.from_pretrained\s*\(/g, isLocal: namesLocalPath },
  {
    what: 'torch.hub.load',
    call: /\bhub\.load\s*\(/g,
    isLocal: (args) => /\bsource\s*=\s*['"]local['"]/.test(args),
  },
  {
    what: 'load_state_dict_from_url',
    call: /\b(?:load_state_dict_from_url|download_url_to_file|load_url)\s*\(/g,
  },
  { what: 'pretrained=True', call: /\bcreate_model\s*\(/g, isLocal: isNotPretrained },
  {
    what: 'pretrained=True',
    call: /\bmodels?\.(?!create_model)[a-z][\w.]{0,80}\s*\(/g,
    isLocal: isNotPretrained,
  },
  { what: 'requests', call: /\brequests\.(?:get|post|head|request|Session)\s*\(/g },
  { what: 'urllib', call: /\b(?:urlopen|urlretrieve)\s*\(/g },
  {
    what: 'huggingface_hub',
    call: /\b(?:hf_hub_download|snapshot_download|cached_download)\s*\(/g,
  },
  { what: 'gdown', call: /\bgdown\.(?:download|cached_download|download_folder)\s*\(/g },
  { what: 'wget', call: /\bwget\.download\s*\(/g },
  { what: 'wget', call: /['"](?:[^'"\n]*[\s;&|])?(?:wget|curl|gdown)(?=['"\s])/g },
  { what: 'git clone', call: /['"][^'"\n]*\bgit\s+clone\b/g },
  { what: 'pip install', call: /['"][^'"\n]*\bpip3?\s+install\b/g },
];

/**
 * Warns of calls that fetch something from the network, of which the competition's container has
 * none. One warning per place, of the first places in a file.
 *
 * By regular expressions: a parser (@lezer/python) reads people's code as fast and knows strings better,
 * but took 26 s and 800 MB for a file of a million `*`, where these take 0.2 s and hold nothing.
 */
export function networkFindings(
  { name, text }: PythonFile,
  exists: PathExists,
): readonly Finding[] {
  const code = blankComments(text);
  const places = PATTERNS.flatMap((pattern) => placesOf(pattern, code, exists));
  places.sort((a, b) => a.at - b.at);
  return places.slice(0, MAX_PLACES).map(({ at, what }) => warning(name, lineOf(code, at), what));
}

function placesOf({ what, call, isLocal }: Pattern, code: string, exists: PathExists) {
  return [...code.matchAll(call)].flatMap(({ index, 0: found }) => {
    const local = isLocal?.(argumentsAt(code, index + found.length), exists) ?? false;
    return local ? [] : [{ at: index, what }];
  });
}

function warning(file: string, line: number, what: string): Finding {
  return {
    severity: 'warning',
    file,
    rule: 'network-weights',
    message: `${file}:${line} uses ${what}, which fetches from the network; the container of the competition has none`,
    fix: 'Put the files into the submission and load them from there.',
  };
}

/** The text of a call's arguments, from behind its opening parenthesis to the one that closes it. */
function argumentsAt(code: string, start: number): string {
  const end = Math.min(code.length, start + MAX_ARGUMENTS);
  let depth = 1;
  for (let at = start; at < end; at += 1) {
    if (code[at] === '(') depth += 1;
    if (code[at] === ')') depth -= 1;
    if (depth === 0) return code.slice(start, at);
  }
  return code.slice(start, end);
}

/** A path that is not spelled out, such as a variable, gets the benefit of the doubt. */
function namesLocalPath(args: string, exists: PathExists): boolean {
  const path = FIRST_STRING.exec(args)?.[2];
  if (path === undefined) return true;
  return path.startsWith('/') || exists(path.replace(/^(?:\.\/)+/, '').replace(/\/+$/, ''));
}

function isNotPretrained(args: string): boolean {
  return !/\bpretrained\s*=\s*True\b|\bweights\s*=\s*(?:['"]|[\w.]*Weights\b)/.test(args);
}

function lineOf(code: string, at: number): number {
  let line = 1;
  for (let next = code.indexOf('\n'); next !== -1 && next < at; line += 1) {
    next = code.indexOf('\n', next + 1);
  }
  return line;
}

/**
 * The source with comments and docstrings blanked out, of the same length and with the same lines.
 * Other strings stay: they may be commands.
 */
function blankComments(source: string): string {
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
  PLAIN_CODE.lastIndex = at;
  return PLAIN_CODE.test(source) ? PLAIN_CODE.lastIndex : at + 1;
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
