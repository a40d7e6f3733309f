import { Chalk, type ChalkInstance } from 'chalk';
import type { Deps } from '../commands/host.ts';
import type { ContainerEngine, InteractiveStreams, Terminal } from '../engine/port.ts';
import { VscError } from '../errors.ts';
import { plainSink } from '../progress/plain.ts';
import { jsonSink, type Sink, writeWhole } from '../progress/sink.ts';
import type { ProjectFile } from '../settings/project-file.ts';
import { asksForPlainOutput } from '../settings/settings.ts';
import { variables } from '../settings/variables.ts';
import type { World } from './world.ts';

/** The composition root: which engine and which sink stand behind the commands' `Deps`. */
export function makeDeps(world: World, sink: Sink, signal: AbortSignal, json: boolean): Deps {
  let engine: Promise<ContainerEngine> | undefined;
  return {
    reporter: sink,
    engine: () => (engine ??= connect(world)),
    signal,
    interactiveStreams: interactiveStreamsOf(world, json),
    owner: { pid: world.pid, hostname: world.hostname },
    isAlive: world.isAlive,
    machine: {
      env: world.env,
      home: world.home,
      platform: world.platform,
      nodeVersion: process.version,
      nvidiaSmi: async () => {
        const path = await findNvidiaSmi(world);
        return path === undefined ? undefined : (args) => runNvidiaSmi(path, args, world);
      },
    },
    version: world.version,
  };
}

/** Loads the Docker client only when a command needs it: it costs more than all the rest. */
async function connect(world: World): Promise<ContainerEngine> {
  const [{ DockerEngine }, { findEndpoint }] = await Promise.all([
    import('../engine/docker.ts'),
    import('../engine/endpoint.ts'),
  ]);
  return new DockerEngine(await findEndpoint(world), world);
}

/** Path of `nvidia-smi`, or undefined where the PATH has none. */
export async function findNvidiaSmi({ env }: World): Promise<string | undefined> {
  const { default: which } = await import('which');
  return (await which('nvidia-smi', { nothrow: true, path: env.PATH ?? '' })) ?? undefined;
}

async function runNvidiaSmi(path: string, args: readonly string[], { env }: World) {
  const { execa } = await import('execa');
  // A sick driver lets it hang, a healthy one answers within two seconds.
  const timeout = 20_000;
  const alone = { env, extendEnv: false, stdin: 'ignore' } as const;
  const result = await execa(path, [...args], { ...alone, timeout, reject: false, all: true });
  const why = result.timedOut ? `no answer for ${timeout / 1000} seconds` : result.code;
  return { ok: !result.failed, text: [result.all, why].filter(Boolean).join('\n') };
}

/** How output looks: objects for programs, bars and colours at a terminal, plain lines elsewhere. */
export async function makeSink(world: World, json: boolean): Promise<Sink> {
  const inCi = isInCi(world);
  if (json) return jsonSink(world.stderr, inCi);
  if (!isTerminal(world)) return plainSink(world.stderr, { inCi });
  const { terminalSink } = await import('../progress/terminal.ts');
  return terminalSink(world.stderr, coloursFor(world), inCi);
}

/**
 * The world with what the project's file says of the terminal. A file that can't be read is told by
 * the commands that take settings from it.
 */
export async function asProjectDraws(world: World, file: Promise<ProjectFile>): Promise<World> {
  const { name } = variables.noTerminal;
  const plain = await file.then(
    ({ settings }) => settings.get(name)?.text,
    (error) => {
      if (!(error instanceof VscError)) throw error;
    },
  );
  return plain && !world.env[name] ? { ...world, env: { ...world.env, [name]: plain } } : world;
}

/** Whether a CI reads what is printed, which obeys commands in it. */
export function isInCi({ env }: Pick<World, 'env'>): boolean {
  const names = ['CI', 'GITHUB_ACTIONS', 'TF_BUILD', 'TEAMCITY_VERSION'];
  return names.some((name) => env[name] && env[name]?.toLowerCase() !== 'false');
}

/** The colours that the terminal and `NO_COLOR` allow. */
export function coloursFor(world: World): ChalkInstance {
  return new Chalk({ level: isTerminal(world) && !world.env.NO_COLOR ? 1 : 0 });
}

function isTerminal(world: World): boolean {
  const { stdout, stderr, env } = world;
  return Boolean(stdout.isTTY && stderr.isTTY) && env.TERM !== 'dumb' && !asksForPlainOutput(env);
}

/** The user's end of an interactive container. With `--json` stdout is kept for the result. */
function interactiveStreamsOf(world: World, json: boolean): InteractiveStreams {
  const { stdin, stdout, stderr } = world;
  const terminal = json ? undefined : terminalOf(world);
  return {
    input: stdin,
    onOutput: (chunk, source) => writeWhole(source === 'stderr' || json ? stderr : stdout, chunk),
    ...(terminal !== undefined && { terminal }),
  };
}

/** The user's terminal, where keys come from one and output goes to one. */
function terminalOf({ stdin, stdout, env }: World): Terminal | undefined {
  if (!stdin.isTTY || !stdout.isTTY || asksForPlainOutput(env)) return undefined;
  return {
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    onResize(listener) {
      stdout.on('resize', listener);
      return () => void stdout.off('resize', listener);
    },
    takeKeys() {
      stdin.setRawMode?.(true);
      return () => void stdin.setRawMode?.(false);
    },
  };
}
