import type { Readable } from 'node:stream';
import type { Deps, Machine } from '../commands/host.ts';
import type { Output } from './output.ts';

/** Everything outside that `vsc` may look at: an argument, so that tests can bring their own. */
export interface World
  extends Pick<Machine, 'env' | 'home' | 'platform' | 'program'>,
    Pick<Deps, 'isAlive' | 'version'> {
  /** The arguments, without the program and the script. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly hostname: string;
  readonly pid: number;
  /** When this process began, in seconds since 1970. */
  readonly started: number;
  /** Opened by the call. */
  readonly stdin: () => Readable & Partial<Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode'>>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Folder of the installed package. */
  readonly packageRoot: string;
  /** Calls back on every SIGINT and SIGTERM (and a hang-up); returns what stops listening. */
  readonly onSignal: (listener: (signal: 'SIGINT' | 'SIGTERM') => void) => () => void;
  /** Ends the process without further ado: for a second Ctrl-C. */
  readonly abandon: (exitCode: number) => void;
}
