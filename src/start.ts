import { homedir, hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import { runMain } from './cli/run-main.ts';
import { isAlive } from './processes.ts';

// A reader that went away (`vsc | head`) is no reason to stop half way.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

process.exitCode = await runMain({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  hostname: hostname(),
  pid: process.pid,
  platform: process.platform,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  packageRoot: fileURLToPath(new URL('..', import.meta.url)),
  version: manifest.version,
  onSignal(listener) {
    process.on('SIGINT', listener).on('SIGTERM', listener);
    // A terminal that is closed; but under nohup, where output is no terminal, work goes on.
    const hangUp = () => listener('SIGTERM');
    if (process.stdin.isTTY && process.stdout.isTTY) process.on('SIGHUP', hangUp);
    return () => {
      process.off('SIGINT', listener).off('SIGTERM', listener).off('SIGHUP', hangUp);
    };
  },
  isAlive,
  abandon: (exitCode) => process.exit(exitCode),
});
