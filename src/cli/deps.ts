import type { Deps } from '../commands/host.ts';
import type { ContainerEngine, InteractiveStreams, Terminal } from '../engine/port.ts';
import { plainSink } from '../progress/plain.ts';
import { jsonSink, type Sink, writeWhole } from '../progress/sink.ts';
import { asksForPlainOutput } from '../settings/variables.ts';
import { coloursFor, hasTerminal, readersOf } from './terminal.ts';
import type { World } from './world.ts';

/** The composition root: which engine and which sink stand behind the commands' `Deps`. */
export function makeDeps(
  world: World,
  sink: Sink,
  { signal, insistence }: Pick<Deps, 'signal' | 'insistence'>,
  json: boolean,
): Deps {
  let engine: Promise<ContainerEngine> | undefined;
  return {
    reporter: sink,
    engine: () => (engine ??= connect(world)),
    signal,
    insistence,
    interactiveStreams: () => interactiveStreamsOf(world, json),
    giveOut: async (chunk) => {
      const stream = json ? world.stderr.stream() : world.stdout.stream();
      await (json ? sink.output(chunk) : writeWhole(stream, chunk));
      return !stream.destroyed;
    },
    owner: { pid: world.pid, hostname: world.hostname, started: world.started },
    isAlive: world.isAlive,
    machine: {
      env: world.env,
      home: world.home,
      platform: world.platform,
      program: world.program,
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
  const { findProgram } = await import('../find-program.ts');
  return findProgram('nvidia-smi', env);
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

/** How output looks: objects for programs, bars at a terminal, plain lines elsewhere. */
export async function makeSink(world: World, json: boolean): Promise<Sink> {
  const readers = readersOf(world);
  const stream = world.stderr.stream();
  if (json) return jsonSink(stream, readers.inCi);
  const colours = await coloursFor(world);
  if (!hasTerminal(world)) return plainSink(stream, { ...readers, colours });
  const { terminalSink } = await import('../progress/terminal.ts');
  return terminalSink(stream, colours, readers);
}

/** The user's end of an interactive container. With `--json` stdout is kept for the result. */
function interactiveStreamsOf(world: World, json: boolean): InteractiveStreams {
  const { stdout, stderr } = world;
  const input = world.stdin();
  const terminal = json ? undefined : terminalOf(input, world);
  return {
    input,
    onOutput: (chunk, source) =>
      writeWhole((source === 'stderr' || json ? stderr : stdout).stream(), chunk),
    ...(terminal !== undefined && { terminal }),
  };
}

/** The user's terminal, where keys come from one and output goes to one. */
function terminalOf(
  input: ReturnType<World['stdin']>,
  { stdout, env }: World,
): Terminal | undefined {
  if (!input.isTTY || !stdout.isTTY || asksForPlainOutput(env)) return undefined;
  const screen = stdout.stream();
  return {
    size: () => ({ columns: screen.columns, rows: screen.rows }),
    onResize(listener) {
      screen.on('resize', listener);
      return () => void screen.off('resize', listener);
    },
    takeKeys() {
      input.setRawMode?.(true);
      return () => void input.setRawMode?.(false);
    },
  };
}
