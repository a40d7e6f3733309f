import { expect, it, onTestFinished } from 'vitest';
import { preparedProject, run } from '../support/cli.ts';
import { engineProxy } from '../support/engine-proxy.ts';

const testing = 'test-submission --dataset test --block-internet';

/** What a rehearsal of the quickstart has asked the engine, in its order. */
async function rehearsed(flags = '') {
  const project = await preparedProject();
  expect(await run(project, 'pack-quickstart --dataset test')).toMatchObject({ exitCode: 0 });
  const proxy = await engineProxy();
  onTestFinished(proxy.cut);
  const { exitCode, stderr } = await run(project, `${testing} ${flags}`, {
    DOCKER_HOST: proxy.host,
  });
  expect(exitCode, stderr).toBe(0);
  return proxy.asked;
}

/** How often each was asked. */
function counted(asked: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const request of asked) counts[request] = (counts[request] ?? 0) + 1;
  return counts;
}

/** What begins and removes the two containers, in its order. */
const lives = (asked: readonly string[]) =>
  asked
    .filter((request) => /^POST .*\/start$|^DELETE /.test(request))
    .map((each) => each.split(' ')[0]);

/** Looks at a container that has printed its last are as many as the engine takes to call it ended. */
const looks = 'GET /containers/ID/json';

it('asks the engine for what it needs, and for nothing twice', async () => {
  const { [looks]: looked, ...calls } = counted(await rehearsed());
  const images = Object.entries(calls).filter(([request]) => request.startsWith('GET /images/'));
  expect(images.every(([, count]) => count === 1)).toBe(true);
  const others = Object.entries(calls).filter(([request]) => !request.startsWith('GET /images/'));
  expect(Object.fromEntries(others)).toEqual({
    'GET /info': 1,
    'GET /version': 1,
    'GET /containers/json': 1, // what an earlier run may have left
    'POST /containers/create': 2,
    'HEAD /containers/ID/archive': 4, // is what is mounted ours?
    'POST /containers/ID/attach': 2,
    'POST /containers/ID/start': 2,
    'GET /containers/ID/stats': 2,
    'GET /containers/ID/archive': 3, // a result of each; the code's report: the scoring tells its own
    'DELETE /containers/ID': 2,
  });
  expect(looked).toBeGreaterThanOrEqual(4);
});

it('begins the scoring beside the code, and after it where a small machine is played; no call more', async () => {
  const standing = await rehearsed();
  expect(lives(standing)).toEqual(['POST', 'POST', 'DELETE', 'DELETE']);
  const one = await rehearsed('--memory 1g');
  expect(lives(one)).toEqual(['POST', 'DELETE', 'POST', 'DELETE']);
  const [{ [looks]: _, ...all }, { [looks]: __, ...same }] = [counted(standing), counted(one)];
  expect(same).toEqual(all);
});
