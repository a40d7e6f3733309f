import { readFile, writeFile } from 'node:fs/promises';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Verdict } from './differential.ts';
import type { FuzzInput } from './grow.ts';

/** An input that is kept, and its verdict. */
export interface KeptInput extends FuzzInput {
  readonly accepted: boolean;
}

const file = new URL('corpus.json', import.meta.url);

/** The inputs that are kept. */
export async function readCorpus(): Promise<readonly KeptInput[]> {
  const lines: [FuzzInput['kind'], boolean, string][] = JSON.parse(await readFile(file, 'utf8'));
  return lines.map(([kind, accepted, packed]) => {
    return { kind, accepted, bytes: inflateRawSync(Buffer.from(packed, 'base64')) };
  });
}

/** So many that are accepted are kept; no sentence tells one from another. */
const mostAccepted = 100;

/** Collects the smallest input for each sentence that there is, told without what is in quotes. */
export class Collector {
  readonly #refused = new Map<string, FuzzInput>();
  readonly #accepted: FuzzInput[] = [];

  see(input: FuzzInput, { accepted, says }: Verdict): void {
    if (accepted && this.#accepted.length < mostAccepted) this.#accepted.push(input);
    for (const text of says) {
      const sentence = text.replace(/"(?:[^"\\]|\\.)*"|\b[\d,.]*\d|\(.*\)/g, '…');
      const key = `${input.kind} ${sentence}`;
      const known = this.#refused.get(key);
      if (known === undefined || input.bytes.length < known.bytes.length) {
        this.#refused.set(key, input);
      }
    }
  }

  /** Writes them in place of those that were kept before. */
  async write(): Promise<void> {
    const kept = (accepted: boolean, inputs: Iterable<FuzzInput>) =>
      [...new Set(inputs)].map(({ kind, bytes }) =>
        JSON.stringify([kind, accepted, deflateRawSync(bytes, { level: 9 }).toString('base64')]),
      );
    const lines = [...kept(true, this.#accepted), ...kept(false, this.#refused.values())];
    await writeFile(file, `[\n${lines.sort().join(',\n')}\n]\n`);
  }
}
