import { join } from 'node:path';
import { type DownloadRequest, type DownloadWorld, download } from '../../src/download/download.ts';
import type { VscEvent } from '../../src/progress/events.ts';
import { projectAt } from '../../src/project.ts';
import { folderWith } from '../support/folder.ts';
import { box, mp4 } from '../support/mp4.ts';

/** Bytes of a video: more than fit into a socket at once. */
export const videoBytes = 400_000;

/** A video with a sound container, other bytes for every id. */
export function video(id: string, bytes = videoBytes): Buffer {
  const filling = Buffer.alloc(bytes, `${id} `);
  return Buffer.concat([mp4({ seconds: 12, bytes: 1 }), box('free', filling)]);
}

export const metadata = (ids: readonly string[]) =>
  `video_id,duration_sec\n${ids.map((id) => `${id},12\n`).join('')}`;

/** `Q100001`, … */
export const ids = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${100001 + index}`);

/** Downloads into a new project, or into `root`, without waiting between tries. */
export async function downloading(
  list: string,
  request: Partial<DownloadRequest> & { readonly root?: string } = {},
  world: Partial<DownloadWorld> = {},
) {
  const root = request.root ?? (await folderWith({ 'list.txt': list }));
  const events: VscEvent[] = [];
  const pauses: number[] = [];
  const project = projectAt(root);
  const run = () =>
    download(
      {
        project,
        dataset: 'train',
        datasets: ['train', 'test', 'phase2'],
        list: { path: join(root, 'list.txt') },
        proportion: 1,
        references: true,
        parallel: 4,
        dryRun: false,
        ...request,
      },
      {
        reporter: { report: (event) => void events.push(event) },
        signal: new AbortController().signal,
        env: {},
        version: '1.2.3',
        owner: { pid: process.pid, hostname: 'here', isAlive: () => false },
        stallTimeout: 30_000,
        pause: async (milliseconds) => void pauses.push(milliseconds),
        ...world,
      },
    );
  /** But for those that the lists without metadata of these tests bring. */
  const warnings = () =>
    events.flatMap((it) =>
      it.type === 'warning' && !it.message.includes('_metadata.csv') ? [it.message] : [],
    );
  return { root, folder: join(project.competitionData, 'train'), run, events, pauses, warnings };
}
