import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { tarOfInputs } from '../../src/engine/inputs.ts';
import type { ContainerEngine, Limits, RunPlan } from '../../src/engine/port.ts';
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
