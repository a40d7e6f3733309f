import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { Duplex } from 'node:stream';
import { systemCode, UsageError } from '../errors.ts';
import { shellQuoted, toPaste } from '../progress/shell.ts';
import { EngineUnreachable } from './errors.ts';

/** What a connection over ssh needs besides its address. */
export interface SshWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The arguments for `ssh` that end in an engine's API on its stdin and stdout, as the docker command
 * has them (docker/cli, cli/connhelper). All else is the user's own ssh configuration.
 * @throws UsageError for an address that holds more than ssh can take
 */
export function sshArguments(address: string): string[] {
  const url = new URL(address);
  const { hostname, username, port, pathname } = url;
  if (url.password !== '' || url.search !== '' || url.hash !== '' || hostname === '') {
    throw new UsageError(`${withoutPassword(url)} is no address of an engine over ssh.`, [
      'It looks like ssh://user@host, with :port or /path/of/docker.sock where need be.',
      'There is no password in it: keys and the like belong into ~/.ssh/config.',
    ]);
  }
  const socket = pathname === '' || pathname === '/' ? undefined : decodeURIComponent(pathname);
  return [
    ...['-o', 'ConnectTimeout=30', '-T'],
    ...(username === '' ? [] : ['-l', decodeURIComponent(username)]),
    ...(port === '' ? [] : ['-p', port]),
    '--',
    hostname.replace(/^\[(.*)\]$/, '$1'),
    ...['docker', ...(socket === undefined ? [] : ['--host', shellQuoted(`unix://${socket}`)])],
    ...['system', 'dial-stdio'],
  ];
}

/** Connections to an engine, each an `ssh` of its own; an idle one is used again. */
export class SshAgent extends Agent {
  readonly #address: string;
  readonly #arguments: readonly string[];
  readonly #env: SshWorld['env'];

  constructor(address: string, { env }: SshWorld) {
    super({ keepAlive: true });
    this.#address = address;
    this.#arguments = sshArguments(address);
    this.#env = env;
  }

  /** What `http` calls for each new connection. */
  override createConnection(): Duplex {
    // In a session of its own, so that Ctrl-C leaves it for the calls that clean up; without the window
    // that Windows would open for one.
    const options = { env: this.#env, detached: true, windowsHide: true };
    const child = spawn('ssh', this.#arguments, options);
    return new SshConnection(child, this.#address);
  }
}

/** A process's stdin and stdout as a socket. Its failure is an `EngineUnreachable` with what it said. */
class SshConnection extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #address: string;
  #said = '';
  #ended = false;
  #exitCode: number | undefined;

  constructor(child: ChildProcessWithoutNullStreams, address: string) {
    super({ allowHalfOpen: true });
    this.#child = child;
    this.#address = address;
    child.on('error', (error) => this.destroy(sshMissing(error)));
    child.on('exit', (code, signal) => {
      this.#exitCode = code ?? 1;
      if (signal !== null) this.#said += `\nssh was ended by ${signal}`;
      this.#settle();
    });
    child.stdin.on('error', () => {}); // its exit code tells
    child.stdout.on('error', () => {});
    child.stdout.on('end', () => {
      this.#ended = true;
      this.#settle();
    });
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stderr.on('error', () => {}).setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-4096);
    });
  }

  /** Not on 'close': a master that ssh leaves in the background (ControlPersist) keeps stderr open. */
  #settle(): void {
    if (!this.#ended || this.#exitCode === undefined) return;
    if (this.#exitCode === 0) this.push(null);
    else setImmediate(() => this.destroy(sshFailed(this.#exitCode, this.#said, this.#address)));
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    // A broken pipe is told by the exit code, with ssh's own words.
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    for (const pipe of this.#child.stdio) pipe?.destroy();
    if (this.#exitCode === undefined) this.#child.kill();
    done(error);
  }

  /** An idle connection keeps no program from ending. */
  unref(): this {
    return this.#hold('unref');
  }

  ref(): this {
    return this.#hold('ref');
  }

  #hold(how: 'ref' | 'unref'): this {
    this.#child[how]();
    // Node's pipes are sockets, which its types don't know of.
    for (const pipe of this.#child.stdio as unknown as Pick<ChildProcess, typeof how>[])
      pipe?.[how]();
    return this;
  }

  // What `http` asks of a socket, and a pipe has no such thing.
  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }
}

function sshMissing(error: Error): Error {
  if (systemCode(error) !== 'ENOENT') return error;
  const next = ['Install the OpenSSH client, or set DOCKER_HOST to an engine that needs none.'];
  return new EngineUnreachable('There is no ssh on the PATH to reach the engine with.', next, {
    cause: error,
  });
}

/** ssh's own failures exit with this; anything else is the remote command's. */
const sshFailure = 255;
const commandNotFound = 127;

function sshFailed(exitCode: number | undefined, said: string, address: string): EngineUnreachable {
  const last =
    said
      .trim()
      .split(/\s*\n\s*/)
      .at(-1) || `ssh exited with ${exitCode}`;
  const { host, hostname, username, port } = new URL(address);
  const user = username === '' ? '' : `${decodeURIComponent(username)}@`;
  const tryIt = toPaste(
    `${user}${hostname}`,
    (it) => `ssh ${port === '' ? '' : `-p ${port} `}${it} docker version`,
  );
  let next = `Look there: ${tryIt}`;
  if (exitCode === sshFailure) {
    next = `It has to work without a question asked: ${tryIt}`;
  } else if (exitCode === commandNotFound) {
    next = `Docker has to be installed on ${user}${host}, and on the PATH of commands run over ssh.`;
  }
  return new EngineUnreachable(`The container engine at ${address} can't be reached: ${last}`, [
    next,
  ]);
}

function withoutPassword(url: URL): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = 'xxxxx';
  return shown.href;
}
