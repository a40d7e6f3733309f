import { describe, expect, it } from 'vitest';
import { containerLabels, removeStaleContainers } from '../../src/engine/container-labels.ts';
import { fakeEngine } from '../support/fake-engine.ts';
import { recorder } from '../support/recorder.ts';

const root = '/home/me/project';

describe('the labels of a container', () => {
  it('name the project, the run, and the vsc that made it', () => {
    expect(
      containerLabels(root, { pid: 77, hostname: 'here', started: 1_700_000_000.4 }, '0badcafe'),
    ).toEqual({
      'vsc.project': root,
      'vsc.run': '0badcafe',
      'vsc.pid': '77',
      'vsc.hostname': 'here',
      'vsc.started': '1700000000',
    });
  });

  it('tell containers apart that belong to no run', () => {
    const [one, two] = [1, 2].map(() =>
      containerLabels(root, { pid: 77, hostname: 'here', started: 1_700_000_000.4 }),
    );
    expect(one?.['vsc.run']).toMatch(/^[0-9a-f]{8}$/);
    expect(one?.['vsc.run']).not.toBe(two?.['vsc.run']);
  });
});

describe('containers that a killed vsc left', () => {
  /** What is removed and said where these containers are, and only process 1 lives. */
  async function sweep(
    containers: readonly { name: string; root?: string; pid?: number; hostname?: string }[],
  ) {
    const removed: string[] = [];
    const { reporter, events } = recorder();
    const asked: string[] = [];
    const engine = {
      ...fakeEngine(),
      listContainers: async (label: string) => {
        asked.push(label);
        return containers.map(({ name, root: of = root, pid = 2, hostname = 'here' }) => ({
          id: `id of ${name}`,
          name,
          labels: containerLabels(of, { pid, hostname, started: 1 }),
        }));
      },
      removeContainer: async (id: string) => void removed.push(id),
    };
    const alive = await removeStaleContainers(
      engine,
      { root, hostname: 'here', isAlive: (pid) => pid === 1 },
      reporter,
    );
    expect(asked).toEqual(['vsc.project']);
    return { removed, events, alive: [...alive] };
  }

  it('are removed, and that is said', async () => {
    const { removed, events } = await sweep([{ name: 'left' }]);
    expect(removed).toEqual(['id of left']);
    expect(events).toEqual([
      { type: 'note', message: 'Removed left, which a vsc that was killed had left.' },
    ]);
  });

  it('of other projects and machines stay', async () => {
    const others = [
      { name: 'another project', root: '/home/me/other' },
      { name: 'another machine', hostname: 'there' },
    ];
    expect(await sweep(others)).toEqual({ removed: [], events: [], alive: [] });
  });

  it('stay while their vsc runs, which is told once', async () => {
    const { removed, alive } = await sweep([
      { name: 'runs', pid: 1 },
      { name: 'scores', pid: 1 },
      { name: 'left' },
    ]);
    expect(removed).toEqual(['id of left']);
    expect(alive).toEqual([1]);
  });
});
