import { homedir, hostname } from 'node:os';
import { dirname } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { isTerminal, processOutput } from './cli/output.ts';
import { runMain } from './cli/run-main.ts';
import { isAlive } from './processes.ts';

const stdin = () => process.stdin;
const stdout = processOutput({ fd: 1, open: () => process.stdout });
const stderr = processOutput({ fd: 2, open: () => process.stderr });

void runMain({
  argv: process.argv.slice(2),
  program: [process.execPath, process.argv[1] ?? ''],
  env: process.env,
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
    process.on('SIGINT', listener).on('SIGTERM', listener);
    // A terminal that is closed; but under nohup, where output is no terminal, work goes on.
    const hangUp = () => listener('SIGTERM');
    if (stdout.isTTY && isTerminal({ fd: 0, open: stdin })) process.on('SIGHUP', hangUp);
    return () => {
      process.off('SIGINT', listener).off('SIGTERM', listener).off('SIGHUP', hangUp);
    };
  },
  isAlive,
  abandon: (exitCode) => process.exit(exitCode),
}).then((exitCode) => {
  process.exitCode = exitCode;
});
