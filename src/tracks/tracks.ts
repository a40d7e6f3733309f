import { descriptorTrack } from './descriptor.ts';
import { matchingTrack } from './matching.ts';
import type { TrackName } from './names.ts';
import type { Track } from './track.ts';

/** By the names that the setting has for them. */
export const tracks: Readonly<Record<TrackName, Track>> = {
  descriptor: descriptorTrack,
  matching: matchingTrack,
};
