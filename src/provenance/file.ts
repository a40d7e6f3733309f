import { EnvironmentError, SubmissionFailed, systemCode } from '../errors.ts';
import { localDisk, writeTextWhole } from '../files.ts';
import { openFile } from '../places.ts';
import { jsonText } from '../progress/json.ts';
import { shortened } from '../progress/visible.ts';
import type { Provenance } from './provenance.ts';

/** Some 150 bytes for each video; more is no record of ours. */
const maxBytes = 64 * 2 ** 20;

const again = ['vsc test-submission    runs the submission and leaves a record'];

/** Writes the record whole: beside, to the disk, then renamed. @throws EnvironmentError */
export async function writeProvenance(path: string, provenance: Provenance): Promise<void> {
  const text = `${jsonText(provenance, 2)}\n`;
  await localDisk(`write ${path}`, () => writeTextWhole(path, text));
}

/**
 * Reads a record that anybody may have written.
 * @throws EnvironmentError when there is none, or a newer `vsc` wrote it
 * @throws SubmissionFailed when it is not well-formed
 */
export async function readProvenance(path: string): Promise<Provenance> {
  const json = parseJson(await readText(path), path);
  const { parseProvenance, provenanceVersion } = await import('./provenance.ts');
  const { version } = Object(json) as { readonly version?: unknown };
  if (typeof version === 'number' && version > provenanceVersion) {
    throw new EnvironmentError(
      `${path} has version ${version}; this vsc knows ${provenanceVersion}.`,
      ['Verify it with a newer vsc.'],
    );
  }
  const parsed = parseProvenance(json);
  if ('wrong' in parsed) throw malformed(path, parsed.wrong);
  return parsed;
}

async function readText(path: string): Promise<string> {
  try {
    const file = await openFile(path);
    try {
      const { size } = await file.stat();
      if (size > maxBytes) throw malformed(path, `it has ${size} bytes`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new EnvironmentError(`There is no record of a run: ${path} is missing.`, again);
    }
    throw new EnvironmentError(`${path} can't be read (${code}).`, [], { cause: error });
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(path, 'it is no JSON', { cause });
  }
}

function malformed(path: string, why: string, options?: ErrorOptions): SubmissionFailed {
  return new SubmissionFailed(
    `${path} is no record of a run: ${shortened(why, 300)}.`,
    again,
    options,
  );
}
