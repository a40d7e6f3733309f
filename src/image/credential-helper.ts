import { execa } from 'execa';
import type { RegistryLogin } from '../engine/port.ts';
import { EnvironmentError } from '../errors.ts';

/** Which helper to ask for what, and the setting that names it. */
export interface HelperQuestion {
  /** `desktop` for the program `docker-credential-desktop`. */
  readonly helper: string;
  readonly serverAddress: string;
  readonly setting: string;
}

/** Milliseconds; a helper may have to ask its user for a password. */
const patience = 60_000;

/** What helpers answer that have nothing (docker/docker-credential-helpers, "credentials/error.go"). */
const nothing = /credentials not found in native keychain/i;

/** What a helper gives as the user name where the secret is a token. */
const tokenUser = '<token>';

/**
 * Asks `docker-credential-<helper> get` for a login; undefined where it has none.
 * @throws EnvironmentError when the helper is missing, fails, or answers what can't be read
 */
export async function askHelper(
  question: HelperQuestion,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<RegistryLogin | undefined> {
  const program = `docker-credential-${question.helper}`;
  const result = await execa(program, ['get'], {
    input: question.serverAddress,
    env,
    extendEnv: false,
    reject: false,
    timeout: patience,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  const { stdout, stderr } = result;
  if (result.failed) {
    if (nothing.test(stdout) || nothing.test(stderr)) return undefined;
    const said = (stdout.trim() || stderr.trim()).split('\n').slice(-3).join(' ');
    throw broken(question, program, reasonOf(result, said));
  }
  const answer = parse(stdout);
  if (answer === undefined) throw broken(question, program, 'its answer is no login in JSON');
  const { username, secret } = answer;
  if (username === '' && secret === '') return undefined;
  const login = {
    serverAddress: question.serverAddress,
    source: `${program}, ${question.setting}`,
  };
  return username === tokenUser
    ? { ...login, identityToken: secret }
    : { ...login, username, password: secret };
}

interface Failure {
  readonly code?: string | undefined;
  readonly timedOut: boolean;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}

function reasonOf(result: Failure, said: string): string {
  if (result.code === 'ENOENT') return 'there is no such program on the PATH';
  if (result.code === 'EACCES') return 'it may not be executed';
  if (result.timedOut) return `no answer for ${patience / 1000} seconds`;
  const end = result.signal ?? `code ${result.exitCode}`;
  return said === '' ? `it exited with ${end}` : `it exited with ${end} and said: ${said}`;
}

/** The answer, without ever quoting it: it holds a password. */
function parse(text: string): { username: string; secret: string } | undefined {
  try {
    const { Username: username, Secret: secret } = JSON.parse(text) as Record<string, unknown>;
    return typeof username === 'string' && typeof secret === 'string'
      ? { username, secret }
      : undefined;
  } catch {
    return undefined;
  }
}

function broken(question: HelperQuestion, program: string, why: string): EnvironmentError {
  return new EnvironmentError(
    `${question.serverAddress} wants a login, and the helper that keeps them, ${program} (${question.setting}), does not work: ${why}.`,
    ['Mend it, or remove that line from the Docker config and log in again with "docker login".'],
  );
}
