import type { VideoKind } from '../dataset/metadata.ts';

/** A video to be described. */
export interface Video {
  readonly id: string;
  /** By the metadata. */
  readonly seconds: number;
  /** Of its file. */
  readonly bytes: number;
}

/** Some of a dataset's videos, queries or references, that one container describes. */
export interface Shard {
  /** Unique in its plan, e.g. `reference-017`. */
  readonly name: string;
  readonly kind: VideoKind;
  /** Sorted by id; the next shard of the kind goes on where this one ends. */
  readonly videos: readonly Video[];
}

/** The sides of a dataset, in the order in which they are described. */
export const kinds: readonly VideoKind[] = ['query', 'reference'];

/** Videos of a shard where nobody says how many shards there are to be. */
const videosPerShard = 100;

/**
 * Cuts the videos of each kind, sorted by id, into shards of about as many seconds of video.
 *
 * @param count how many shards there are to be: at least one of each kind, at most one per video
 */
export function planShards(
  videos: Readonly<Record<VideoKind, readonly Video[]>>,
  count?: number,
): readonly Shard[] {
  const all = kinds.reduce((sum, kind) => sum + secondsOf(videos[kind]), 0);
  return kinds.flatMap((kind) => {
    const ofKind = videos[kind].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const wanted =
      count === undefined
        ? Math.ceil(ofKind.length / videosPerShard)
        : Math.max(1, Math.round((count * secondsOf(ofKind)) / all));
    const pieces = cut(ofKind, wanted);
    const digits = Math.max(3, String(pieces.length).length);
    return pieces.map((piece, at): Shard => {
      return { name: `${kind}-${String(at + 1).padStart(digits, '0')}`, kind, videos: piece };
    });
  });
}

/** Pieces that begin where their share of the seconds does; those without a video fall out. */
function cut(videos: readonly Video[], wanted: number): Video[][] {
  const total = secondsOf(videos);
  const pieces: Video[][] = Array.from({ length: Math.min(wanted, videos.length) }, () => []);
  let before = 0;
  for (const video of videos) {
    pieces[Math.floor((before / total) * pieces.length)]?.push(video);
    before += weightOf(video);
  }
  return pieces.filter((piece) => piece.length > 0);
}

/** Seconds of video in all. */
export function secondsOf(videos: readonly Video[]): number {
  return videos.reduce((sum, video) => sum + weightOf(video), 0);
}

/** Even an empty video takes time. */
function weightOf({ seconds }: Video): number {
  return Math.max(1, seconds);
}
