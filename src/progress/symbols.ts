/** What a terminal of this environment is known by. */
export interface TerminalWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/**
 * Whether a terminal or log can show more than ASCII. An old Windows console has a code page (437, 1252)
 * and a font of its own; those that know better say so (as the package is-unicode-supported knows them).
 */
export function canShowUnicode({ env, platform }: TerminalWorld): boolean {
  const { TERM = '' } = env;
  if (platform === 'win32') return isNewOnWindows(env);
  if (TERM === 'dumb' || TERM === 'linux') return false;
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}

function isNewOnWindows(env: TerminalWorld['env']): boolean {
  const terms = ['xterm-256color', 'alacritty', 'rxvt-unicode', 'rxvt-unicode-256color'];
  return (
    Boolean(env.WT_SESSION || env.TERMINUS_SUBLIME) ||
    env.ConEmuTask === '{cmd::Cmder}' ||
    ['Terminus-Sublime', 'vscode'].includes(env.TERM_PROGRAM ?? '') ||
    terms.includes(env.TERM ?? '') ||
    env.TERMINAL_EMULATOR === 'JetBrains-JediTerm'
  );
}

/** Whether our texts have to do without the symbols in them; elsewhere UTF-8 is what everything reads. */
export function needsAscii(world: TerminalWorld): boolean {
  return world.platform === 'win32' && !canShowUnicode(world);
}

/** What stands for the symbols of our texts. */
const substitutes: Readonly<Record<string, string>> = {
  '…': '...',
  '–': '-',
  '−': '-',
  '’': "'",
  '×': 'x',
  '·': '-',
  '≤': '<=',
  '≥': '>=',
  µ: 'u',
  '→': '->',
  '✓': '+',
  '✗': 'x',
  '█': '#',
  '░': '.',
};

const symbols = new RegExp(`[${Object.keys(substitutes).join('')}]`, 'g');

/** A text with its symbols in ASCII; letters of other languages stay what they are. */
export function inAscii(text: string): string {
  return text.replace(symbols, (symbol) => substitutes[symbol] ?? symbol);
}
