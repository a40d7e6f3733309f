import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { Duplex } from 'node:stream';
import { systemCode, UsageError } from '../errors.ts';
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
    ...['docker', ...(socket === undefined ? [] : ['--host', quoted(`unix://${socket}`)])],
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
    // In a session of its own, so that Ctrl-C leaves it for the calls that clean up.
    const child = spawn('ssh', this.#arguments, { env: this.#env, detached: true });
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
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    if (this.#exitCode === undefined) this.#child.kill();
    done(error);
  }

  /** An idle connection keeps no program from ending. */
  unref(): this {
    return this.#each('unref');
  }

  ref(): this {
    return this.#each('ref');
  }

  #each(what: 'ref' | 'unref'): this {
    const { stdin, stdout, stderr } = this.#child;
    this.#child[what]();
    for (const pipe of [stdin, stdout, stderr])
      (pipe as unknown as Record<typeof what, () => void>)[what]();
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
  const lines = said.split(/\r?\n/).filter((line) => line.trim() !== '');
  const last = lines.at(-1)?.trim() ?? `ssh exited with ${exitCode}`;
  const { host, username } = new URL(address);
  const target = username === '' ? host : `${username}@${host}`;
  const next =
    exitCode === sshFailure
      ? [`It has to work without a question asked: ssh ${sshHint(address)} docker version`]
      : exitCode === commandNotFound
        ? [`Docker has to be installed on ${target}, and on the PATH of commands run over ssh.`]
        : [`Look there: ssh ${sshHint(address)} docker version`];
  return new EngineUnreachable(
    `The container engine at ${address} can't be reached: ${last}`,
    next,
  );
}

/** How one types the address of `ssh://user@host:port` for ssh. */
function sshHint(address: string): string {
  const { hostname, username, port } = new URL(address);
  const target = username === '' ? hostname : `${decodeURIComponent(username)}@${hostname}`;
  return port === '' ? target : `-p ${port} ${target}`;
}

function withoutPassword(url: URL): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = 'xxxxx';
  return shown.href;
}

/** A word for the shell on the other side. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
