import type { Chance } from './chance.ts';
import type { Fate } from './processes.ts';

export const lives: Fate = () => false;

/** Where an attempt is killed, if it is. */
export function fateOfWorker(chance: Chance): Fate {
  if (chance.is(0.6)) return lives;
  let publishes = false;
  const places: readonly Fate[] = [
    ({ taken }) => taken <= 1,
    ({ does }) => does === 'work',
    ({ does, path }) => does === 'rename' && /\/(done|failed)$/.test(path),
    ({ does, path }) => {
      if (publishes) return true;
      publishes = does === 'rename' && /\/(done|failed)$/.test(path);
      return false;
    },
    ({ path }) => path.endsWith('fault.json'),
    ({ does, path }) => does === 'rename' && path.includes('/faults/'),
    ({ path }) => path.includes('result.json') && !path.endsWith('result.json'),
  ];
  const at = chance.below(40);
  return chance.is(0.7) ? chance.oneOf(places) : ({ taken }) => taken === at;
}

/** Where the command is killed, if it is. */
export function fateOfCommand(chance: Chance): Fate {
  if (chance.is(0.5)) return lives;
  const at = chance.below(120);
  const places: readonly Fate[] = [
    ({ does }) => does === 'submit',
    ({ does }) => does === 'hear of',
    ({ path }) => path.includes('/jobs/'),
    ({ does }) => does === 'cancel',
    ({ does }) => does === 'await',
  ];
  if (chance.is(0.7)) return ({ taken }) => taken === at;
  const place = chance.oneOf(places);
  let times = chance.below(3);
  return (step) => place(step) && times-- === 0;
}
