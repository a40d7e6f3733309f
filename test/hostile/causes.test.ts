import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { containersOf, run, told, vsc } from '../support/cli.ts';
import { engineProxy } from '../support/engine-proxy.ts';
import { type Arena, openArena, zipWith } from './arena.ts';

const testing = 'test-submission --dataset test --block-internet';

let arena: Arena;
let made = 0;
const projectWith = (main: string) => {
  made += 1;
  return arena.project(`project-${made}`, zipWith(arena.parts, main));
};

beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena?.close());

/** Runs a `main.py` and returns the verdict: the exit code and the line that gives the cause. */
const verdict = async (main: string, flags = '', env: Record<string, string> = {}) => {
  const project = await projectWith(main);
  const { exitCode, stderr } = await run(project, `${testing} ${flags}`, env);
  expect(stderr).toContain(`The whole output is in ${join(project, 'submission/log.txt')}.`);
  expect(await containersOf(project)).toBe('');
  const line = stderr.split('\n').findLast((it) => it !== '' && !it.startsWith('  '));
  return { exitCode, line };
};

/** The container of that name, which may have yet to start. */
const runningContainer = async (project: string, name: string) => {
  const filters = [`label=vsc.project=${project}`, `name=${name}`].flatMap((each) => ['-f', each]);
  const find = async () => (await execa('docker', ['ps', '-q', ...filters])).stdout;
  await vi.waitUntil(find, { timeout: 60_000 });
  return find();
};

/** As `verdict`, with `action` done to the container once the code prints "ready". */
const verdictAfter = async (
  main: string,
  action: (container: string) => Promise<unknown>,
  { env = {}, name = 'run' }: { env?: Record<string, string>; name?: 'run' | 'score' } = {},
) => {
  const project = await projectWith(main);
  const running = vsc(project, testing, { env });
  await told(running, 'ready');
  await action(await runningContainer(project, `-${name}$`));
  const { exitCode, stderr } = await running;
  expect(await containersOf(project)).toBe('');
  return { exitCode, stderr: String(stderr) };
};

const waiting = 'import time\nprint("ready")\ntime.sleep(60)\n';

/** The size of /dev/shm in what the engine is asked for, made smaller. */
const smallShm = (text: string) => text.replace('"ShmSize":8589934592', '"ShmSize":16777216  ');

const mapShm = `
import mmap, os
with open("/dev/shm/tensor", "wb") as file: file.truncate(64 << 20)
file = open("/dev/shm/tensor", "r+b")
view = mmap.mmap(file.fileno(), 64 << 20)
`;

describe.concurrent("the submission's fault: exit code 1", () => {
  it.each([
    [
      'out of memory',
      'hog = []\nwhile True: hog.append(bytearray(b"x" * (1 << 24)))\n',
      '--memory 256m',
      /out of memory, killed by the kernel\. The limit was 268 MB \(--memory\)\. It used up to 2\d\d MB\.$/,
    ],
    [
      'out of memory in a worker',
      'import multiprocessing\ndef hog(_):\n    all = []\n    while True: all.append(bytearray(b"x" * (1 << 24)))\nif __name__ == "__main__":\n    with multiprocessing.Pool(1) as pool: pool.map_async(hog, [1]).get(12)\n',
      '--memory 256m --time-limit 30s',
      /out of memory\. The limit was 268 MB \(--memory\)/,
    ],
    [
      'a refused allocation',
      'import numpy as np\nnp.ones(1 << 46)\n',
      '',
      /: out of memory: .*Unable to allocate 512/,
    ],
    [
      'the time limit',
      'import time\ntime.sleep(60)\n',
      '--time-limit 2s',
      /it was stopped at the time limit of 2(\.\d+)? s\.$/,
    ],
    [
      'the limit of processes',
      'import threading, time\nfor _ in range(200): threading.Thread(target=time.sleep, args=(30,), daemon=True).start()\n',
      '--pids 64',
      /may not have more processes and threads \(the limit is 64, --pids\): RuntimeError: can't start new thread$/,
    ],
    [
      'too little shared memory, by a signal',
      `${mapShm}view[:] = bytes(64 << 20)\n`,
      '',
      /a bus error, as when \/dev\/shm \(8\.59 GB\) is full\.$/,
    ],
    [
      'a file larger than allowed',
      'open("/tmp/big", "wb").write(bytes(128 << 20))\n',
      '--disk 64m',
      /it wrote a file larger than allowed \(a file may have 67\.1 MB, --disk\)\.$/,
    ],
    [
      'a full file system',
      'open("/dev/shm/big", "wb").write(bytes(128 << 20))\n',
      '',
      /no space left on the disk: OSError: \[Errno 28\] No space left on device$/,
    ],
    [
      'an exception',
      'raise ValueError("no such model")\n',
      '',
      /main\.py exited with code 1: ValueError: no such model$/,
    ],
    [
      'an exit code and a last word',
      'print("no \\x1b[31mGPU\\x1b[0m here")\nraise SystemExit(4)\n',
      '',
      /main\.py exited with code 4: no GPU here$/,
    ],
    [
      'a crash in native code',
      'import ctypes\nctypes.string_at(0)\n',
      '',
      /main\.py exited with code 139/,
    ],
    ['no output', 'pass\n', '', /it wrote no \/code_execution\/subset_query_descriptors\.npz\.$/],
    [
      'a kill of its own',
      'import os\nos.kill(os.getpid(), 9)\n',
      '',
      /main\.py was killed \(signal 9\) for none of its limits: by its own code, or because the machine is out of memory\.$/,
    ],
  ])('%s', async (_, main, flags, cause) => {
    const proxy = await engineProxy(smallShm);
    const { exitCode, line } = await verdict(main, flags, { DOCKER_HOST: proxy.host });
    proxy.cut();
    expect(line).toMatch(/^The submission failed: /);
    expect(line).toMatch(cause);
    expect(exitCode).toBe(1);
  });
});

describe.concurrent("the environment's fault: exit code 3", () => {
  it.each([
    ['kill', ['kill'], 9],
    ['stop', ['stop', '-t', '1'], 15],
    ['rm', ['rm', '-f'], 9],
  ] as const)('docker %s', async (_, command, signal) => {
    const { exitCode, stderr } = await verdictAfter(waiting, (container) =>
      execa('docker', [...command, container]),
    );
    expect(stderr).toContain(
      `The container was killed from outside: somebody had the engine send it signal ${signal}.`,
    );
    expect(exitCode).toBe(3);
  });

  it('docker kill of the scoring, which waits for its turn', async () => {
    const main = 'import time\nprint("ready")\ntime.sleep(10)\nimport honest\n';
    const kill = (container: string) => execa('docker', ['kill', container]);
    const { exitCode, stderr } = await verdictAfter(main, kill, { name: 'score' });
    expect(stderr).toContain('The container was killed from outside');
    expect(exitCode).toBe(3);
  });

  it('docker rm, done before anybody could ask how the container ended', async () => {
    const proxy = await engineProxy();
    const { exitCode, stderr } = await verdictAfter(
      waiting,
      async (container) => {
        const remove = () => execa('docker', ['rm', '-f', container]);
        proxy.meet(/^GET \S*\/containers\/\w+\/json /, 1, async () => void (await remove()));
        await execa('docker', ['kill', container]);
      },
      { env: { DOCKER_HOST: proxy.host } },
    );
    proxy.cut();
    expect(stderr).toContain('The container was killed from outside');
    expect(exitCode).toBe(3);
  });
});

describe('with the default limits', () => {
  it('data loaders, shared memory and BLAS threads run as they would without', async () => {
    const project = await projectWith(`
import multiprocessing as mp, os, threading
from multiprocessing import shared_memory
import numpy as np
os.environ.pop("OPENBLAS_NUM_THREADS", None)
def load(number):
    import numpy as np
    block = shared_memory.SharedMemory(name=name)
    view = np.ndarray((16, 1 << 20), np.float32, block.buf)
    view[number] = number
    threads = [threading.Thread(target=np.dot, args=(np.ones((64, 64)), np.ones((64, 64)))) for _ in range(32)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    done = float((np.ones((300, 300)) @ np.ones((300, 300))).sum())
    block.close()
    return done
if __name__ == "__main__":
    block = shared_memory.SharedMemory(create=True, size=64 << 20)
    name = block.name
    with mp.get_context("fork").Pool(16) as pool:
        print("workers", len(pool.map(load, range(16), 1)))
    view = np.ndarray((16, 1 << 20), np.float32, block.buf)
    print("sum", int(view[:, 0].sum()))
    queue = mp.Queue()
    workers = [mp.Process(target=queue.put, args=(list(range(1000)),)) for _ in range(16)]
    for worker in workers: worker.start()
    print("queued", sum(len(queue.get(timeout=30)) for _ in workers))
    for worker in workers: worker.join()
    del view
    block.close(); block.unlink()
    print("thread pool", len([t.start() for t in [threading.Thread(target=len, args=("",)) for _ in range(500)]]))
    import honest
`);
    const { exitCode, stderr } = await run(project, testing);
    expect(stderr).toMatch(/workers 16\nsum 120\nqueued 16000\nthread pool 500/);
    expect(exitCode).toBe(0);
    expect(await readFile(join(project, 'submission/log.txt'), 'utf8')).not.toContain('Traceback');
  });
});
