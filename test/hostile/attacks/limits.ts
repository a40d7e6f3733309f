import { expect } from 'vitest';
import type { Attack } from '../attack.ts';
import { takeOver } from './take-over.ts';

/** Against what a run may use. */
export const limitAttacks: readonly Attack[] = [
  {
    name: 'fork-bomb',
    tries: 'forks without end',
    outcome: 'fails (1): the limit of processes',
    main: `
import os, time
while True:
    if os.fork() == 0: time.sleep(60); os._exit(0)
`,
    flags: '--pids 64 --time-limit 20s',
    exit: [1],
    says: /may not have more processes and threads \(the limit is 64, --pids\)/,
  },
  {
    name: 'fork-bomb-for-ever',
    tries: 'forks without end and whatever it is told',
    outcome: 'fails (1): the time limit',
    main: `
import os
while True:
    try: os.fork()
    except OSError: pass
`,
    flags: '--pids 32 --cpus 0.5 --time-limit 3s',
    exit: [1],
    says: /stopped at the time limit/,
  },
  {
    name: 'memory-hog',
    tries: 'takes all memory there is',
    outcome: 'fails (1): out of memory',
    main: 'hog = []\nwhile True: hog.append(bytearray(b"x" * (1 << 24)))\n',
    flags: '--memory 256m',
    exit: [1],
    says: /out of memory, killed by the kernel\. The limit was 268 MB \(--memory\)/,
  },
  {
    name: 'shared-memory-hog',
    tries: 'fills /dev/shm, which is memory too',
    outcome: 'fails (1): out of memory',
    main: 'with open("/dev/shm/hog", "wb") as hog:\n    while True: hog.write(bytes(1 << 24))\n',
    flags: '--memory 256m',
    exit: [1],
    says: /out of memory/,
  },
  {
    name: 'disk-filler',
    tries: 'writes one file without end',
    outcome: 'fails (1): larger than --disk allows',
    main: 'with open("/tmp/hog", "wb") as hog:\n    while True: hog.write(bytes(1 << 20))\n',
    flags: '--disk 64m',
    alone: true,
    exit: [1],
    says: /wrote a file larger than allowed \(a file may have 67\.1 MB, --disk\)/,
  },
  {
    name: 'disk-filler-by-others',
    tries: 'takes over the processes it came from (ptrace) to have them make a larger file',
    outcome: 'refused to them too',
    main: `${takeOver}
open("/tmp/hog", "w").close()
for pid in shell, runtime:
    result = make_call(pid, 76, 128 << 20, text=b"/tmp/hog")  # truncate
    print("larger file", "WORKED" if result == 0 else f"refused: {result}", flush=True)
import honest
`,
    flags: '--disk 64m',
    alone: true,
    exit: [0],
    says: /larger file refused: -27\nlarger file refused: -27/,
    never: /WORKED/,
  },
  {
    name: 'disk-filler-in-pieces',
    tries: 'writes many files, each below the limit',
    outcome: 'fails (1): stopped for what it wrote in all',
    main: `
import time
for number in range(100000):
    open(f"/tmp/{number}", "wb").write(bytes(8 << 20))
    time.sleep(0.1)
`,
    flags: '--disk 64m',
    alone: true,
    exit: [1],
    says: /stopped for writing more than 67\.1 MB to the disk \(--disk\)/,
  },
  {
    name: 'disk-filler-without-names',
    tries: 'fills the disk with files that are open and have no name any more',
    outcome: 'fails (1): stopped for what the kernel counts as used',
    main: `
import os, time
files = []
for number in range(75):
    files.append(open("/tmp/hidden", "wb")); os.unlink("/tmp/hidden")
    os.posix_fallocate(files[-1].fileno(), 0, 60 << 20)
time.sleep(60)
`,
    flags: '--disk 64m',
    alone: true,
    exit: [1],
    says: /stopped for filling the disk with more than 67\.1 MB \(--disk\), in files that have no name/,
  },
  {
    name: 'disk-filler-in-the-deep',
    tries: 'hides what it writes in folders too deep for the engine to walk through',
    outcome: 'fails (1): stopped, since nobody could tell how much it is',
    main: `
import os, time
os.chdir("/tmp")
for _ in range(5000): os.mkdir("d"); os.chdir("d")
time.sleep(60)
`,
    flags: '--disk 64m',
    alone: true,
    exit: [1],
    says: /nobody can tell whether it has written more than 67\.1 MB[\s\S]*nested thousands deep/,
  },
  {
    name: 'log-flood',
    tries: 'prints 100 MB, then does what it should',
    outcome:
      'the log is cut with a line that says so; the rankings are those of an honest submission',
    main: 'for _ in range(2000): print("flood " * 8700)\nimport honest\n',
    flags: '--log-limit 100k',
    exit: [0],
    says: /\[vsc: the log has reached 102 kB; the rest is not kept\]/,
    check: ({ log, stderr }) => {
      expect(log.length).toBeLessThan(103_000);
      expect(stderr.length).toBeLessThan(110_000);
    },
  },
  {
    name: 'log-flood-for-ever',
    tries: 'prints without end, no line ends among it',
    outcome: 'fails (1): the time limit; the log is cut',
    main: 'import os\nwhile True: os.write(1, b"\\x1b[31m\\x1b" * 1000)\n',
    flags: '--log-limit 100k --time-limit 3s',
    exit: [1],
    says: /the rest is not kept\][\s\S]*stopped at the time limit/,
    check: ({ log }) => expect(log.length).toBeLessThan(103_000),
  },
  {
    name: 'ignore-sigterm',
    tries: 'loops for ever and ignores every signal it can',
    outcome: 'fails (1): the time limit',
    main: `
import signal
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(number, signal.SIG_IGN)
while True: pass
`,
    flags: '--time-limit 3s',
    exit: [1],
    says: /stopped at the time limit of 3(\.\d+)? s/,
  },
  {
    name: 'obey-too-late',
    tries:
      'writes its output after the time limit, in the grace it has to end, and forces exit code 0',
    outcome: 'fails (1): the time limit',
    main: `${takeOver}
import signal, time
def late(*_):
    import honest
    os.kill(runtime, 19)
    force_exit(shell, 0)
signal.signal(signal.SIGTERM, late)
while True: time.sleep(1)
`,
    flags: '--time-limit 3s',
    exit: [1],
    says: /stopped at the time limit/,
  },
];
