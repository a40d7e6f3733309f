import type Dockerode from 'dockerode';
import { attach, containerSpec, openInput, passOn, start, stateAfterExit } from './container.ts';
import type { InteractIO, RunPlan, Terminal } from './port.ts';

/**
 * The keys by which an engine lets go of a terminal. Its default begins with Ctrl-P, the shell's "line
 * before"; these nobody types by chance.
 */
const detachKeys = 'ctrl-^,ctrl-^,ctrl-^,ctrl-^';

/** Seconds between the hang-up and the kill. */
const graceSeconds = 2;

/** The engine's form of a plan with someone to talk to. */
export function interactiveSpec(
  plan: RunPlan,
  terminal: Terminal | undefined,
): Dockerode.ContainerCreateOptions {
  const { HostConfig, ...spec } = containerSpec(plan);
  const { columns, rows } = terminal?.size() ?? {};
  return {
    ...spec,
    Tty: terminal !== undefined,
    ...openInput,
    // A shell at a terminal ignores SIGTERM, and obeys when its terminal hangs up.
    ...(terminal !== undefined && { StopSignal: 'SIGHUP' }),
    HostConfig: { ...HostConfig, ...(columns && rows && { ConsoleSize: [rows, columns] }) },
  };
}

/**
 * Runs a container that has been created, connected to `io`, and tells its exit code. The terminal is
 * given back whatever happens.
 */
export async function interactToExit(
  container: Dockerode.Container,
  io: InteractIO,
  ended: AbortSignal,
): Promise<number> {
  const { input, terminal, signal } = io;
  const attached = await attach(container, io, ended, {
    stdin: true,
    ...(terminal !== undefined && { detachKeys }),
  });
  const giveBack = terminal?.takeKeys();
  let stopResizing: (() => void) | undefined;
  try {
    const hangUp = await start(container, signal, ended, graceSeconds);
    stopResizing = terminal && (await followSize(container, terminal));
    input.pipe(attached);
    await passOn(container, attached, io, ended);
    if (terminal !== undefined) hangUp(); // detached: nobody is at this terminal any more
    const { ExitCode: exitCode } = await stateAfterExit(container, ended);
    signal.throwIfAborted();
    return exitCode;
  } finally {
    input.unpipe(attached);
    input.pause();
    stopResizing?.();
    giveBack?.();
  }
}

/** Makes the container's terminal as large as the user's, and keeps it so. */
async function followSize(container: Dockerode.Container, terminal: Terminal): Promise<() => void> {
  const tell = async () => {
    const { columns, rows } = terminal.size();
    if (columns && rows) await container.resize({ w: columns, h: rows }).catch(() => {}); // ended
  };
  // One after another: of two at once the older could arrive last.
  let told = tell();
  await told;
  return terminal.onResize(() => {
    told = told.then(tell);
  });
}
