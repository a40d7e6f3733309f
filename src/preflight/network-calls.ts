import { posix } from 'node:path';
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
/** Enough to see what is meant. */
const MAX_PLACES = 20;
/** Calls of one kind that are looked at: a look at the arguments of a million would take a minute. */
const MAX_CALLS = 500;

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
  const places: { readonly at: number; readonly what: string }[] = [];
  let calls = 0;
  for (const { index: at, 0: found } of code.matchAll(call)) {
    if (!isLocal?.(argumentsAt(code, at + found.length), exists)) places.push({ at, what });
    calls += 1;
    if (calls === MAX_CALLS || places.length === MAX_PLACES) break;
  }
  return places;
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
  return path.startsWith('/') || exists(posix.normalize(path).replace(/\/$/, ''));
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
  const commentOrString = /[#'"]/g;
  const parts: string[] = [];
  let at = 0;
  for (let found = commentOrString.exec(source); found; found = commentOrString.exec(source)) {
    const { index: start } = found;
    const end = tokenEnd(source, start);
    const token = source.slice(start, end);
    const shown = isCommentary(source, start, token) ? token.replace(/[^\n]/g, ' ') : token;
    parts.push(source.slice(at, start), shown);
    at = end;
    commentOrString.lastIndex = end; // a quote in a comment begins nothing
  }
  parts.push(source.slice(at));
  return parts.join('');
}

/** The end of the comment or the string that begins at `start`. */
function tokenEnd(source: string, start: number): number {
  const first = source[start] as string;
  if (first === '#') {
    const end = source.indexOf('\n', start);
    return end === -1 ? source.length : end;
  }
  const quote = source.startsWith(first.repeat(3), start) ? first.repeat(3) : first;
  for (let at = start + quote.length; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source.startsWith(quote, at)) return at + quote.length;
    else if (source[at] === '\n' && quote.length === 1) return at;
  }
  return source.length;
}

/** A comment, or a long string that begins a line: a docstring. */
function isCommentary(source: string, start: number, token: string): boolean {
  if (token.startsWith('#')) return true;
  if (!/^(?:'''|""")/.test(token)) return false;
  let before = start - 1;
  if (/[rRuU]/.test(source[before] ?? '')) before -= 1;
  while (source[before] === ' ' || source[before] === '\t') before -= 1;
  return before < 0 || source[before] === '\n';
}
