import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { EnvironmentError } from '../errors.ts';
import type { Reporter } from '../progress/events.ts';
import { dataFolder, videoFile } from './layout.ts';
import type { SubsetPlan } from './subset-plan.ts';
import { chooseMethod, type Transfer, type TransferMethod, transferAll } from './transfer.ts';

/** What bringing the videos needs of the world. */
export interface BringDeps {
  readonly report: Pick<Reporter, 'report'>;
  readonly signal: AbortSignal;
  /** Bytes that the user may still write in a folder. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/**
 * Brings the chosen videos into `query/` of the new folder `partial`, and reports how far it is.
 *
 * @param preferLink takes hard links, where the file system can
 * @throws EnvironmentError if copies are needed and don't fit on the disk; the signal's reason
 */
export async function bringVideos(
  plan: SubsetPlan,
  partial: string,
  preferLink: boolean,
  deps: BringDeps,
): Promise<{ method: TransferMethod; linked: number }> {
  const { queries } = dataFolder(partial);
  await mkdir(queries);
  const files = plan.ids.map(videoFile).map((name): Transfer => {
    return { from: join(plan.source.queries, name), to: join(queries, name) };
  });
  const method = await chooseMethod(files[0] as Transfer, preferLink);
  if (method === 'copy') await requireRoom(plan, partial, deps);
  const linked = await withBar(files, method, deps);
  if (preferLink && linked < files.length) {
    const message =
      `${files.length - linked} of ${files.length} videos could not be hard-linked ` +
      '(another file system, or no permission) and were copied.';
    deps.report.report({ type: 'warning', message });
  }
  return { method, linked };
}

async function withBar(
  files: readonly Transfer[],
  method: TransferMethod,
  { report, signal }: BringDeps,
): Promise<number> {
  let completed = 0;
  const show = (done: boolean) =>
    report.report({
      type: 'progress',
      id: 'data-subset',
      label: method === 'link' ? 'Linking videos' : 'Copying videos',
      completed,
      total: files.length,
      unit: 'videos',
      done,
    });
  show(false);
  const onFile = () => {
    completed++;
    show(completed === files.length);
  };
  return transferAll(files, method, onFile, signal);
}

async function requireRoom(
  plan: SubsetPlan,
  partial: string,
  { freeBytes = freeBytesOn }: BringDeps,
): Promise<void> {
  const free = await freeBytes(partial);
  if (plan.bytes <= free) return;
  throw new EnvironmentError(
    `Not enough room on the disk of ${plan.folder}: the ${plan.ids.length} videos take ` +
      `${prettyBytes(plan.bytes)}, ${prettyBytes(free)} are free.`,
    [
      'Make room, or take a smaller SUBSET_PROPORTION.',
      'Use --link, which takes no room if competition_data/ is on the same file system.',
    ],
  );
}

async function freeBytesOn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
