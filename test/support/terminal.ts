import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Milliseconds between two looks at what a terminal shows, and until it is given up. */
const interval = 50;
const patience = 60_000;

/** A command at a real terminal, which `script` of util-linux makes. */
export function terminalWith(command: string, env: Record<string, string> = {}) {
  const child = execa('script', ['-qfc', command, '/dev/null'], {
    reject: false,
    env: { SHELL: '/bin/sh', TERM: 'xterm', ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const until = async (pattern: RegExp, from = 0) => {
    const deadline = performance.now() + patience;
    for (;;) {
      const match = pattern.exec(shown.slice(from));
      if (match !== null) return match;
      if (performance.now() > deadline) throw new Error(`No ${pattern} in:\n${shown}`);
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
  };
  return {
    shown: () => shown,
    until,
    /** Types, and waits for what it brings about. */
    async type(keys: string, pattern: RegExp) {
      const from = shown.length;
      child.stdin.write(keys);
      return until(pattern, from);
    },
  };
}

/**
 * The built `vsc` at a real terminal of 90 × 30. Before and after it the terminal's modes are printed
 * (`modes …`), and then its exit code.
 */
export function atTerminal(project: string, line: string) {
  const modes = 'echo "modes $(stty -g)"';
  const command = [
    'echo "terminal $(tty)"; stty rows 30 cols 90',
    `${modes}; sh -c 'echo "process $$"; exec node "$@"' sh '${main}' -C '${project}' ${line}`,
    `code=$?; ${modes}; echo "vsc exited with $code"`,
  ].join('; ');
  const terminal = terminalWith(command);
  const { until, shown } = terminal;
  return {
    ...terminal,
    /** Makes the terminal another size. */
    async resize(columns: number, rows: number) {
      const [, path = ''] = await until(/terminal (\S+)/);
      await execa('stty', ['-F', path, 'cols', String(columns), 'rows', String(rows)]);
    },
    async pid() {
      return Number((await until(/process (\d+)/))[1]);
    },
    /** The exit code of `vsc`, and whether the terminal's modes are what they were before. */
    async end() {
      const [, code] = await until(/vsc exited with (\d+)/);
      const [before, after] = [...shown().matchAll(/modes (\S+)/g)].map(([, text]) => text);
      return { exitCode: Number(code), restored: before !== undefined && before === after };
    },
  };
}
