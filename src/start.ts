import { homedir, hostname } from 'node:os';
import { dirname } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { isTerminal, processOutput } from './cli/output.ts';
import { runMain } from './cli/run-main.ts';
import { hearSignals } from './cli/signals.ts';
import { environmentOf } from './environment.ts';
import { isAlive } from './processes.ts';

const stdin = () => process.stdin;
const stdout = processOutput({ fd: 1, open: () => process.stdout });
const stderr = processOutput({ fd: 2, open: () => process.stderr });

void runMain({
  argv: process.argv.slice(2),
  program: [process.execPath, process.argv[1] ?? ''],
  env: environmentOf(process.env, process.platform),
  cwd: process.cwd(),
  home: homedir(),
  hostname: hostname(),
  pid: process.pid,
  started: Date.now() / 1000 - process.uptime(),
  platform: process.platform,
  stdin,
  stdout,
  stderr,
  packageRoot: dirname(import.meta.dirname),
  version: manifest.version,
  onSignal(listener) {
    const atTerminal = stdout.isTTY && isTerminal({ fd: 0, open: stdin });
    return hearSignals(process, listener, { platform: process.platform, atTerminal });
  },
  isAlive,
  abandon: (exitCode) => process.exit(exitCode),
}).then((exitCode) => {
  process.exitCode = exitCode;
});
