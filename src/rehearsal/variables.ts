import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { type Secret, secret, type Variables } from '../engine/secret.ts';
import { UsageError } from '../errors.ts';
import { shownName } from '../progress/visible.ts';

/** What a variable may be called. */
const name = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Variables that no user sets, and why. In the organisers' image one container unpacks, runs the code and scores,
 * and a shell script and Python begin it, with these variables: what loads other code into them could be the
 * submission's own, and change its results.
 */
const refused: readonly (readonly [names: RegExp, why: string])[] = [
  [/^(DATASET|PHASE2|TRACK|VSC_.*)$/, 'vsc or the image sets it'],
  [
    /^(PATH|LD_.*|GCONV_PATH|OPENSSL_.*)$/,
    "the image's own programs are found and loaded by it, what scores among them",
  ],
  [
    /^(BASH.*|ENV|SHELLOPTS|PS4|POSIXLY_CORRECT)$/,
    'the shell script that begins the run would obey it',
  ],
  [/^PYTHON.*$/, "the image's own Python, which begins the run, would obey it"],
  [/^(CONDA|MAMBA)_.*$/, "it chooses the image's Python"],
  [/^NVIDIA_.*$/, 'which GPUs a container gets is for --gpus to say'],
];

/**
 * The variables of `--env`, each `NAME=VALUE`, or `NAME` for the value that `vsc` itself was given.
 * @throws UsageError, which never tells a value
 */
export function parseVariables(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Variables {
  const variables = new Map<string, Secret>();
  for (const text of texts) {
    const end = text.indexOf('=');
    const called = end < 0 ? text : text.slice(0, end);
    requireName(called, end < 0);
    if (variables.has(called)) {
      throw new UsageError(`--env ${shownName(called)} is given twice.`, ['Give one of them.']);
    }
    const value = end < 0 ? env[called] : text.slice(end + 1);
    if (value === undefined) {
      throw new UsageError(`--env ${shownName(called)}: that variable is not set here.`, [
        `Set it, or give its value: --env ${shownName(called)}=…`,
      ]);
    }
    variables.set(called, secret(value));
  }
  return Object.fromEntries(variables);
}

/** @param alone whether there was nothing but the name, which may then be a value given by mistake */
function requireName(called: string, alone: boolean): void {
  if (!name.test(called)) {
    const what = alone || called === '' ? '' : ` ${shownName(called)}`;
    throw new UsageError(`--env${what} is not called as a variable may be.`, [
      'Allowed: letters, digits and _, and no digit first, e.g. --env HF_TOKEN or --env SEED=7.',
    ]);
  }
  const why = refused.find(([names]) => names.test(called))?.[1];
  if (why === undefined) return;
  throw new UsageError(`--env ${shownName(called)} is refused: ${why}.`, [
    'What only main.py needs it can set itself, in os.environ.',
  ]);
}

/** The values, for who has to take them out of texts. */
export function valuesOf(variables: Variables = {}): readonly string[] {
  return Object.values(variables).map((value) => value.reveal());
}

/**
 * Tells variables from others; undefined where there are none. It is written to the disk: of a short value it may
 * not be quick to guess which one it was.
 * @param salt anything that others' are not made with
 */
export async function fingerprintOf(
  variables: Variables | undefined,
  salt: string,
): Promise<string | undefined> {
  const pairs = Object.entries(variables ?? {})
    .map(([called, value]) => [called, value.reveal()])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  if (pairs.length === 0) return undefined;
  const key = (await promisify(scrypt)(JSON.stringify(pairs), salt, 32)) as Buffer;
  return key.toString('hex');
}
