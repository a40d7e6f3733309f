import { execa } from 'execa';

/** A file of a `.tar.gz`, byte for byte. */
export async function archivedFile(archive: string, name: string): Promise<Buffer> {
  const options = { encoding: 'buffer', stripFinalNewline: false } as const;
  return Buffer.from((await execa('tar', ['-xzOf', archive, name], options)).stdout);
}

/** The names of its files, in their order. */
export async function archivedNames(archive: string): Promise<string[]> {
  return (await execa('tar', ['-tzf', archive], { lines: true })).stdout;
}
