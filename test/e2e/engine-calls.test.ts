import { expect, it, onTestFinished } from 'vitest';
import { preparedProject, run } from '../support/cli.ts';
import { engineProxy } from '../support/engine-proxy.ts';

const testing = 'test-submission --dataset test --block-internet';

/** A rehearsal of the quickstart, and how often it has asked the engine what. */
async function rehearsed(flags = '') {
  const project = await preparedProject();
  expect(await run(project, 'pack-quickstart --dataset test')).toMatchObject({ exitCode: 0 });
  const proxy = await engineProxy();
  onTestFinished(proxy.cut);
  const { exitCode, stderr } = await run(project, `${testing} ${flags}`, {
    DOCKER_HOST: proxy.host,
  });
  expect(exitCode, stderr).toBe(0);
  const calls: Record<string, number> = {};
  for (const request of proxy.asked) calls[request] = (calls[request] ?? 0) + 1;
  return calls;
}

/** Looks at a container that has printed its last are as many as the engine takes to call it ended. */
const looks = 'GET /containers/ID/json';

it('asks the engine for what it needs, and for nothing twice', async () => {
  const { [looks]: looked, ...calls } = await rehearsed();
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
    'GET /containers/ID/archive': 4, // a report and a result of each
    'DELETE /containers/ID': 2,
  });
  expect(looked).toBeGreaterThanOrEqual(4);
});

it('asks for no more where the scoring does not stand by', async () => {
  const { [looks]: _, ...standing } = await rehearsed();
  const { [looks]: __, ...one } = await rehearsed('--memory 1g');
  expect(one).toEqual(standing);
});
