import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { verdictsOn } from '../../src/batch/judge-all.ts';
import type { Entry } from '../../src/batch/prepared.ts';
import { TaskFolder } from '../../src/tasks/task-folder.ts';
import { folderWith } from '../support/folder.ts';

it('reads the verdicts on a thousand submissions a few at a time, as a limit on open files would hide the rest', async () => {
  const folder = await folderWith();
  let [reading, most] = [0, 0];
  class Watched extends TaskFolder {
    override async outcome() {
      reading += 1;
      most = Math.max(most, reading);
      await turn();
      reading -= 1;
      return undefined;
    }
  }
  const entries = Array.from({ length: 1000 }, (_, at): Entry => {
    const name = `team-${at}`;
    const task = { name, folder: new Watched(`${folder}/${name}`), key: 'k' };
    const submission = { name, folder: name, zip: `/${name}.zip`, bytes: 1, sha256: 'ab' };
    return { submission, task, spec: { vsc: '1', kind: 'k', key: 'k', inputs: [], work: {} } };
  });
  const rows = await verdictsOn(entries);
  expect(rows.map(({ submission }) => submission)).toEqual(entries.map(({ task }) => task.name));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(64);
});
