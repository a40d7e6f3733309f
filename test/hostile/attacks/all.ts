import type { Attack } from '../attack.ts';
import { lies } from './lies.ts';
import { limitAttacks } from './limits.ts';
import { matchAttacks } from './matches.ts';
import { outputAttacks } from './outputs.ts';
import { reachAttacks } from './reach.ts';
import { scorerAttacks } from './scorer.ts';
import { zipAttacks } from './zips.ts';

/** All attacks, by what they are after. */
export const attackGroups: ReadonlyArray<readonly [title: string, attacks: readonly Attack[]]> = [
  ['The scorer and what is said of a run', scorerAttacks],
  ['The output', [...outputAttacks, ...matchAttacks]],
  ['The zip', zipAttacks],
  ['The data, the network, the host', reachAttacks],
  ['The limits', limitAttacks],
  ['The reader', lies],
];
