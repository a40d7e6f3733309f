import { Readable } from 'node:stream';
import { type Header, pack } from 'tar-stream';
import type { ContainerEngine, RunPlan } from '../../src/engine/port.ts';
import { engineWith } from '../support/fake-engine.ts';

/** A tar of a folder `competition_data`: text by path, or an entry of another kind. */
export function madeTar(files: Readonly<Record<string, string | Partial<Header>>>): Readable {
  const tar = pack();
  for (const [path, content] of Object.entries(files)) {
    const name = `competition_data/${path}`;
    if (typeof content === 'string') tar.entry({ name }, content);
    else tar.entry({ name, ...content }, '');
  }
  tar.finalize();
  return Readable.from(tar as AsyncIterable<Buffer>, { objectMode: false });
}

const folder = { type: 'directory' } as const;

/** What the generator leaves, in small. */
export const smallSamples: Readonly<Record<string, string | Partial<Header>>> = {
  '': folder,
  'train/': folder,
  'train/query/': folder,
  'train/query/Q100001.mp4': 'a copy',
  'train/query/Q100002.mp4': 'no copy',
  'train/reference/': folder,
  'train/reference/R100001.mp4': 'an original',
  'train/train_descriptor_ground_truth.csv': 'query_id,ref_id\nQ100001,R100001\n',
  'test/': folder,
  'test/query/': folder,
  'test/query/Q200001.mp4': 'another copy',
};

export const slim = 'meta-vsc-descriptor-runtime:slim-local';

/** What containers of the fake engine do. */
export interface FakeGenerator {
  readonly output?: readonly string[];
  readonly exitCode?: number;
  readonly files?: Readonly<Record<string, string | Partial<Header>>>;
  /** While the container runs. */
  readonly meanwhile?: () => void | Promise<void>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** An engine whose slim image makes small sample data, and the plans that it ran. */
export function generator(fake: FakeGenerator = {}) {
  const { output = [], exitCode = 0, files = smallSamples, meanwhile = () => {} } = fake;
  const ran: RunPlan[] = [];
  const engine: ContainerEngine = {
    ...engineWith({ [slim]: { labels: fake.labels ?? { 'vsc.runtime.samples': '1' } } }),
    listContainers: async () => [],
    run: async (plan, io) => {
      ran.push(plan);
      for (const text of output) await io.onOutput(Buffer.from(text), 'stdout');
      await meanwhile();
      io.signal.throwIfAborted();
      const outcome = { exitCode, outOfMemory: exitCode === 137, seconds: 1 };
      const unexpected = () => Promise.reject(new Error('not expected to be called'));
      const get = async () => madeTar(files);
      await io.onExited?.({ stat: unexpected, put: unexpected, get }, outcome);
      return outcome;
    },
  };
  return { engine, ran };
}
