import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ByteCursor } from '../../src/descriptors/byte-cursor.ts';
import { MalformedFile } from '../../src/descriptors/malformed.ts';
import { readNpyHeader } from '../../src/descriptors/npy.ts';
import { npzMembers } from '../../src/descriptors/npz.ts';
import { entryChunks, readZip } from '../../src/descriptors/zip.ts';
import { SUBMISSION_LIMITS } from '../../src/descriptors/zip-directory.ts';
import { openSubmission } from '../../src/preflight/open-submission.ts';
import { folderWith } from '../support/folder.ts';
import { bytesSource, waysToRead } from './support.ts';

/** See test/fixtures/archives/make_cases.py; the Python tests read the same table. */
interface Case {
  readonly name: string;
  readonly as: 'zip' | 'npz' | 'submission';
  readonly zip: string;
  readonly reads?: Readonly<Record<string, string>>;
  readonly refused?: string;
}

const table = new URL('../fixtures/archives/cases.json', import.meta.url);
const cases: readonly Case[] = JSON.parse(await readFile(table, 'utf8'));
const casesAs = (wanted: Case['as']) =>
  cases.filter((each) => each.as === wanted).map((each) => [each.name, each] as const);

/** What a reader makes of a case: its texts, or the sentence by which it is refused. */
const expectOutcome = async (
  { reads, refused = '' }: Case,
  read: () => Promise<Record<string, string>>,
) => {
  const outcome = await read().catch((error: unknown) => {
    if (error instanceof MalformedFile) return error.message;
    throw error;
  });
  if (reads !== undefined) expect(outcome).toEqual(reads);
  else expect(outcome).toEqual(expect.stringMatching(new RegExp(refused)));
};

const textOf = async (chunks: AsyncIterable<Uint8Array>) => {
  const cursor = new ByteCursor(chunks);
  const parts: Buffer[] = [];
  for await (const part of cursor.remainder()) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
};

it('there are cases of each kind, good and bad', () => {
  for (const kind of ['zip', 'npz', 'submission'] as const) {
    const ofKind = casesAs(kind).map(([, each]) => each.reads === undefined);
    expect(new Set(ofKind)).toEqual(new Set([true, false]));
  }
});

describe('a zip is read in one way or not at all', () => {
  it.each(casesAs('zip'))('%s', async (_, each) => {
    const source = bytesSource(Buffer.from(each.zip, 'base64'));
    await expectOutcome(each, async () => {
      const texts: Record<string, string> = {};
      for (const entry of await readZip(source, SUBMISSION_LIMITS)) {
        texts[entry.name] = await textOf(entryChunks(source, entry));
      }
      return texts;
    });
  });
});

describe.each(Object.entries(waysToRead))('an npz that is read %s', (_, open) => {
  it.each(casesAs('npz'))('%s', async (_, each) => {
    const npz = open(Buffer.from(each.zip, 'base64'));
    await expectOutcome(each, async () => {
      const texts: Record<string, string> = {};
      for await (const { name, cursor } of npzMembers(npz, ['a'])) {
        await readNpyHeader(cursor);
        texts[`${name}.npy`] = (await cursor.take(1)).toString();
      }
      return texts;
    });
  });

  // What breaks a zip breaks an npz that is in it, too; sentences of a stream are its own.
  it.each(casesAs('zip'))('is refused where a zip is: %s', async (_, each) => {
    if (each.reads !== undefined || each.refused?.match(/100000|16777216/)) return;
    const npz = open(Buffer.from(each.zip, 'base64'));
    const reading = async () => {
      for await (const { cursor } of npzMembers(npz, ['a', 'b'])) await cursor.drain();
    };
    // A damaged entry that nobody wants is nobody's business.
    if (/checksum|data$|^$|more than|declares|stored|method|encrypted/.test(each.refused ?? ''))
      return;
    await expect(reading()).rejects.toThrow(MalformedFile);
  });
});

describe('a submission', () => {
  it.each(casesAs('submission'))('%s', async (_, each) => {
    const path = join(await folderWith(), 'submission.zip');
    await writeFile(path, Buffer.from(each.zip, 'base64'));
    const submission = await openSubmission(path, { freeBytes: 1e9 });
    await expectOutcome(each, async () => {
      const { findings } = submission;
      if (findings.length > 0) throw new MalformedFile(findings.map((it) => it.message).join());
      const texts: Record<string, string> = {};
      for (const [name, file] of submission.files) texts[name] = (await file.bytes()).toString();
      return texts;
    });
    await submission.close();
  });
});
