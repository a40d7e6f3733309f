import type { Readable, Writable } from 'node:stream';

/** Everything outside that `vsc` may look at: an argument, so that tests can bring their own. */
export interface World {
  /** The arguments, without the program and the script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly hostname: string;
  readonly pid: number;
  readonly platform: NodeJS.Platform;
  readonly stdin: Readable & {
    readonly isTTY?: boolean;
    readonly setRawMode?: (raw: boolean) => unknown;
  };
  readonly stdout: Writable & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Folder of the installed package. */
  readonly packageRoot: string;
  readonly version: string;
  /** Calls back on every SIGINT and SIGTERM (and a hang-up); returns what stops listening. */
  readonly onSignal: (listener: (signal: 'SIGINT' | 'SIGTERM') => void) => () => void;
  /** Whether a process of this machine still runs. */
  readonly isAlive: (pid: number) => boolean;
  /** Ends the process without further ado: for a second Ctrl-C. */
  readonly abandon: (exitCode: number) => void;
}
