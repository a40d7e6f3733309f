import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DockerEngine } from '../../src/engine/docker.ts';
import { BuildFailed, GpuUnavailable, ImageNotFound } from '../../src/engine/errors.ts';
import type { RunPlan } from '../../src/engine/port.ts';
import { EnvironmentError, Interrupted } from '../../src/errors.ts';
import { buildImage, digestContext, packContext } from '../../src/image/build.ts';
import { bashPlan, realEngine } from '../support/engine.ts';
import { folderWith } from '../support/folder.ts';
import { quiet, recorder } from '../support/recorder.ts';

let engine: DockerEngine;
beforeAll(async () => {
  engine = await realEngine();
});

/** Runs a plan to its end and keeps what it printed. */
const run = async (plan: RunPlan, signal = quiet, onText: (text: string) => void = () => {}) => {
  const chunks: Uint8Array[] = [];
  const outcome = engine.run(plan, {
    signal,
    onOutput: async (chunk) => {
      chunks.push(Uint8Array.from(chunk));
      onText(Buffer.from(chunk).toString());
    },
  });
  return { outcome: await outcome, text: Buffer.concat(chunks).toString() };
};

const isThere = async (name: string) => {
  const { stdout } = await execa('docker', ['ps', '-aq', '--filter', `name=^${name}$`]);
  return stdout !== '';
};

describe('run', () => {
  it('loses nothing of a short run, keeps the order, and tells the exit code', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const { outcome, text } = await run(
        bashPlan('echo one; echo told >&2; sleep 0.05; echo two; sleep 0.05; printf three; exit 9'),
      );
      expect(text).toContain('told\n'); // the engine reads the two streams as it comes to them
      expect(text.replace('told\n', '')).toBe('one\ntwo\nthree');
      expect(outcome).toMatchObject({ exitCode: 9, outOfMemory: false });
      expect(outcome.seconds).toBeGreaterThan(0.09);
    }
  });

  it('passes every byte of a flood', async () => {
    const { text } = await run(bashPlan('head -c 20000000 /dev/zero | tr "\\0" x'));
    expect(text.length).toBe(20_000_000);
  });

  it('passes a progress bar on as it moves', async () => {
    const moments: number[] = [];
    const bar = 'for i in 1 2 3 4; do printf "\\r$i/4"; sleep 0.3; done';
    await run(bashPlan(bar), quiet, () => moments.push(performance.now()));
    expect(moments.length).toBeGreaterThanOrEqual(4);
    expect((moments.at(-1) ?? 0) - (moments[0] ?? 0)).toBeGreaterThan(600);
  });

  it('stops and removes the container when interrupted, and says by what', async () => {
    const plan = bashPlan('echo begun; sleep 600');
    const interruption = new AbortController();
    const reason = new Interrupted('SIGINT');
    const failure = run(plan, interruption.signal, () => interruption.abort(reason));
    await expect(failure).rejects.toBe(reason);
    expect(await isThere(plan.name)).toBe(false);
  });

  it('kills what ignores the polite signal', async () => {
    const plan = bashPlan('trap "" TERM; echo begun; while :; do sleep 1; done', { init: false });
    const interruption = new AbortController();
    const reason = new Interrupted('SIGTERM');
    const failure = run(plan, interruption.signal, () => interruption.abort(reason));
    await expect(failure).rejects.toBe(reason);
    expect(await isThere(plan.name)).toBe(false);
  });

  it('leaves nothing when the command does not exist', async () => {
    const plan = bashPlan('', { command: ['/no/such/command'], init: false });
    await expect(run(plan)).rejects.toThrow(EnvironmentError);
    expect(await isThere(plan.name)).toBe(false);
  });

  it('leaves nothing when there is no GPU to be had', async () => {
    const plan = bashPlan('true', { gpus: 'all' });
    await expect(run(plan)).rejects.toThrow(GpuUnavailable);
    expect(await isThere(plan.name)).toBe(false);
  });

  it('says which image is missing', async () => {
    await expect(run(bashPlan('true', { image: 'no-such-image:1' }))).rejects.toThrow(
      ImageNotFound,
    );
  });

  it('gives no network and a read-only mount when the plan says so', async () => {
    const source = await folderWith({ 'a.txt': 'a' });
    const { text } = await run(
      bashPlan(
        'ls /sys/class/net; cat /data/a.txt; touch /data/b.txt 2>&1; df -m /dev/shm | tail -1',
        {
          mounts: [{ source, target: '/data', readOnly: true }],
        },
      ),
    );
    expect(text).toMatch(/^lo\na.*Read-only file system/s);
    expect(text).toMatch(/shm +64 /);
  });
});

describe('build', () => {
  const build = async (dockerfile: string, more: Record<string, string> = {}) => {
    const context = await folderWith({ Dockerfile: dockerfile, ...more });
    const logs: string[] = [];
    const request = {
      dockerfile: 'Dockerfile',
      tag: 'vsc-test:build',
      arguments: { A: '7' },
    };
    const image = engine.build(
      request,
      await packContext(context),
      (text) => void logs.push(text),
      quiet,
    );
    return { image: await image, log: () => logs.join('') };
  };

  it('streams the steps, passes arguments, honours .dockerignore', async () => {
    const dockerfile =
      'FROM debian:bookworm-slim\nARG A\nCOPY . /c\nRUN echo A=$A && find /c\nLABEL x=y\n';
    const { image, log } = await build(dockerfile, {
      'secret.txt': '',
      'a/b/secret.txt': '',
      '.dockerignore': '**/secret.txt\n',
    });
    expect(image.tags).toContain('vsc-test:build');
    expect(image.labels.x).toBe('y');
    expect(log()).toMatch(/Step 4\/5[\s\S]*A=7/);
    expect(log()).not.toContain('secret.txt');
    await execa('docker', ['rmi', 'vsc-test:build']);
  });

  it('notes in the image which runtime/ it was built from', async () => {
    const context = await folderWith({ Dockerfile: 'FROM scratch\nLABEL x=y\n' });
    const request = { dockerfile: 'Dockerfile', tag: 'vsc-test:digest', arguments: {} };
    const { reporter, events } = recorder();
    const image = await buildImage(request, context, engine, reporter, quiet);
    expect(image.labels).toEqual({ x: 'y', 'vsc.runtime.digest': await digestContext(context) });
    expect(events).toContainEqual({ type: 'log', line: 'Step 1/3 : FROM scratch' });
    expect(events.at(-1)).toEqual({
      type: 'log',
      line: 'Successfully tagged vsc-test:digest',
    });
    await execa('docker', ['rmi', 'vsc-test:digest']);
  });

  it('tells a failed step, its last lines and its exit code', async () => {
    const failed = await build('FROM debian:bookworm-slim\nRUN echo going wrong; exit 23\n').catch(
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(BuildFailed);
    expect((failed as BuildFailed).exitCode).toBe(23);
    expect((failed as BuildFailed).message).toContain('Step 2/2 : RUN echo going wrong; exit 23');
  });

  it('tells a mistake in the Dockerfile', async () => {
    await expect(build('FROM debian:bookworm-slim\nNONSENSE\n')).rejects.toThrow(
      /unknown instruction/i,
    );
  });

  it('stops when interrupted', async () => {
    const context = await folderWith({
      Dockerfile: 'FROM debian:bookworm-slim\nRUN echo on; sleep 60\n',
    });
    const interruption = new AbortController();
    const reason = new Interrupted('SIGINT');
    const building = engine.build(
      { dockerfile: 'Dockerfile', tag: 'vsc-test:never', arguments: {} },
      await packContext(context),
      (text) => text.includes('on') && interruption.abort(reason),
      interruption.signal,
    );
    await expect(building).rejects.toBe(reason);
  });
});
