import type { Conversation, Terminal } from '../engine/port.ts';
import { writeWhole } from '../progress/sink.ts';
import { asksForPlainOutput } from '../settings/settings.ts';
import type { World } from './world.ts';

/** The user's end of a talk with a container. With `--json` stdout is kept for the result. */
export function conversationOf(world: World, json: boolean): Conversation {
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
