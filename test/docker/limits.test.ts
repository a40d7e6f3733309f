import type { StatsFs } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Dockerode from 'dockerode';
import { execa } from 'execa';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { containerSpec } from '../../src/engine/container.ts';
import { EngineDisk } from '../../src/engine/disk.ts';
import { tarOfInputs } from '../../src/engine/inputs.ts';
import type { ContainerEngine, Limits, RunPlan } from '../../src/engine/port.ts';
import { runToExit } from '../../src/engine/run.ts';
import { bashPlan, realEngine } from '../support/engine.ts';
import { folderWith } from '../support/folder.ts';
import { quiet } from '../support/recorder.ts';

const mebibyte = 2 ** 20;

let engine: ContainerEngine;
beforeAll(async () => {
  engine = await realEngine();
});

/** Runs a plan to its end; what it prints, and how it ended. */
async function end(plan: RunPlan) {
  const chunks: Buffer[] = [];
  const onOutput = async (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk));
  const outcome = await engine.run(plan, { signal: quiet, onOutput });
  const left = await execa('docker', ['ps', '-aq', '--filter', `name=${plan.name}`]);
  return { ...outcome, text: Buffer.concat(chunks).toString(), left: left.stdout };
}

const limited = (script: string, limits: Limits) => bashPlan(script, { limits });

it('a time limit of a month does not end a run at once', async () => {
  const outcome = await end(limited('sleep 1; echo done', { seconds: 31 * 86_400 }));
  expect(outcome).toMatchObject({ exitCode: 0, text: 'done\n' });
  expect(outcome.stoppedFor).toBeUndefined();
});

describe('the limit of the disk', () => {
  const diskBytes = 64 * mebibyte;

  it('is that of a file in every process, and nobody can raise it', async () => {
    const script =
      'exec 2>&1; ulimit -f unlimited; head -c 70M /dev/zero >/tmp/large; echo $?; wc -c </tmp/large';
    const { text } = await end(limited(script, { diskBytes }));
    expect(text).toMatch(/cannot modify limit[\s\S]*\n153\n67108864\n$/);
  });

  it('leaves out what was copied in before the start', async () => {
    const plan = limited('wc -c </in; head -c 40M /dev/zero >/tmp/out; sleep 6', { diskBytes });
    const source = join(await folderWith({ in: Buffer.alloc(60 * mebibyte) }), 'in');
    const outcome = await engine.run(plan, {
      signal: quiet,
      onCreated: (files) => files.put('/', tarOfInputs([{ source, target: '/in' }], quiet)),
      onOutput: async () => {},
    });
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(outcome.stoppedFor).toBeUndefined();
  });

  /** As many folders in each other, with `after` done in the innermost. */
  const deep = (levels: number, after: string) =>
    `cd /tmp; perl -e 'for (1..${levels}) { mkdir "d"; chdir "d" } ${after}'`;

  it('ends what has hidden its files from whoever walks through its folders', async () => {
    const outcome = await end(limited(deep(5000, 'sleep 60'), { diskBytes }));
    expect(outcome).toMatchObject({ stoppedFor: 'diskUnmeasured', left: '' });
  });

  it('leaves no container with folders too deep for the engine to remove', async () => {
    const { stdout } = await execa('bash', ['-c', 'ulimit -Hn']);
    const levels = Math.min(Number(stdout) || 20_000, 20_000) + 1000;
    const outcome = await end(limited(deep(levels, 'print "made"'), {}));
    expect(outcome).toMatchObject({ exitCode: 0, text: 'made', left: '' });
  }, 300_000);
});

describe('the limits of what waits for its input', () => {
  /** A disk on which others have written some GiB since the first look, once `grow` is called. */
  const diskOfOthers = (limit: number) => {
    let used = 10 * 2 ** 30;
    const look = async () => ({ blocks: used, bfree: 0, bsize: 1 }) as StatsFs;
    const grow = () => {
      used += 6 * 2 ** 30;
    };
    return { disk: new EngineDisk('/anywhere', limit, look), grow };
  };

  it('begin with the input: nobody else is its doing before, and waiting takes none of its time', async () => {
    const limits = { seconds: 4, diskBytes: 64 * mebibyte };
    const plan = bashPlan('head -c 3; sleep 3', { limits, readsInput: true });
    const docker = new Dockerode();
    const container = await docker.createContainer(containerSpec(plan));
    onTestFinished(() => container.remove({ force: true }));
    const { disk, grow } = diskOfOthers(limits.diskBytes);
    const ended = new AbortController();
    onTestFinished(() => ended.abort());
    const io = {
      signal: quiet,
      onOutput: async () => {},
      input: async () => {
        grow();
        await sleep(5000);
        return (async function* () {
          yield Buffer.from('abc');
        })();
      },
    };
    const outcome = await runToExit(docker, container, plan, io, disk, ended.signal, []);
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(outcome.stoppedFor).toBeUndefined();
    expect(outcome.seconds).toBeLessThan(4);
  }, 30_000);

  it('are its own from then on', async () => {
    const plan = bashPlan('head -c 3; sleep 60', { limits: { seconds: 1 }, readsInput: true });
    const input = async () =>
      (async function* () {
        yield Buffer.from('abc');
      })();
    const outcome = await engine.run(plan, { signal: quiet, onOutput: async () => {}, input });
    expect(outcome).toMatchObject({ stoppedFor: 'seconds' });
  }, 30_000);
});
