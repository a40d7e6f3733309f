import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, type Options } from 'execa';
import { create } from 'tar';
import { folderWith, keptFolderWith } from './folder.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Starts the built `vsc` in a project, as a user's shell would; a failure is a result, not a throw. */
export function vsc(project: string, line: string | readonly string[], options: Options = {}) {
  const words = typeof line === 'string' ? line.split(' ').filter(Boolean) : line;
  return execa('node', [main, '-C', project, ...words], {
    reject: false,
    stripFinalNewline: false,
    ...options,
  });
}

/** As `vsc`, run to its end; a deterministic environment, except for what `env` sets. */
export async function run(project: string, line: string, env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await vsc(project, line, { env });
  return { exitCode, stdout: String(stdout), stderr: String(stderr) };
}

/** Waits until a command that runs has said `what` on stderr from now on, or has ended. */
export async function told(running: ReturnType<typeof vsc>, what: string): Promise<void> {
  let text = '';
  await new Promise<void>((resolve) => {
    running.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(what)) resolve();
    });
    running.finally(resolve);
  });
}

/** As `told`, of what it gives out on stdout. */
export async function givenOut(running: ReturnType<typeof vsc>, what: string): Promise<void> {
  let text = '';
  await new Promise<void>((resolve) => {
    running.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(what)) resolve();
    });
    running.finally(resolve);
  });
}

const row = (id: string, seconds: number) => `${id},${seconds},29.97,640,360,1\n`;
const header = 'video_id,duration_sec,frames_per_sec,width,height,rn\n';

/** Ids of `count` videos, e.g. Q100001. */
export function ids(letter: 'Q' | 'R', count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${100001 + index}`);
}

/** A project whose `data/test/` has 30 queries, 40 references and a subset of 4, with empty videos.
 * Deleted after the test unless kept. */
export async function preparedProject(options: { keep?: boolean } = {}): Promise<string> {
  const [queries, references] = [ids('Q', 30), ids('R', 40)];
  const subset = queries.filter((_, index) => index % 9 === 2);
  const files = {
    'data/test/query_metadata.csv': header + queries.map((id) => row(id, 12.5)).join(''),
    'data/test/reference_metadata.csv': header + references.map((id) => row(id, 20.1)).join(''),
    'data/test/query_subset.csv': `video_id\n${subset.join('\n')}\n`,
    ...Object.fromEntries(subset.map((id) => [`data/test/query/${id}.mp4`, ''])),
  };
  return options.keep ? keptFolderWith(files) : folderWith(files);
}

/** The number of queries in the subset of `preparedProject`. */
export const subsetQueries = 4;

/** Packs the quickstart's descriptors with another `main.py`. */
export async function packWith(project: string, mainPy: string): Promise<void> {
  await run(project, 'pack-quickstart --force --dataset test');
  await writeFile(join(project, 'submission_quickstart/main.py'), mainPy);
  const packed = await run(project, 'pack-quickstart --force --dataset test');
  if (packed.exitCode !== 0) throw new Error(packed.stderr);
}

/** An archive that looks like an earlier run's. */
export async function leaveOldArchive(project: string): Promise<void> {
  const folder = await folderWith({ 'full_rankings.csv': 'old', 'subset_rankings.csv': 'old' });
  await mkdir(join(project, 'submission'), { recursive: true });
  await create({ cwd: folder, gzip: true, file: join(project, 'submission/submission.tar.gz') }, [
    'full_rankings.csv',
    'subset_rankings.csv',
  ]);
}

/** Containers that `vsc` made for a project and that are still there, one id a line. */
export async function containersOf(project: string, name = ''): Promise<string> {
  const filters = [`label=vsc.project=${project}`, `name=${name}`];
  const words = filters.flatMap((filter) => ['--filter', filter]);
  return (await execa('docker', ['ps', '-aq', ...words])).stdout;
}
