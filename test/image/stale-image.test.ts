import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestContext, findStaleImage, warnOfStaleImage } from '../../src/image/build.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { folderWith } from '../support/folder.ts';
import { recorder } from '../support/recorder.ts';

const local = (variant: string) => `meta-vsc-descriptor-runtime:${variant}-local`;
const files = { 'runtime/Dockerfile': 'FROM a', 'runtime/Dockerfile.slim': 'FROM b' };
const older = { 'vsc.runtime.contract': '1', 'vsc.runtime.digest': '0'.repeat(64) };

const find = (name: string, labels: Record<string, string>, roots: readonly string[]) =>
  findStaleImage({ name, image: { labels } }, descriptorTrack, roots);

describe('an image that was built here', () => {
  it('is fine where it is from the present runtime/', async () => {
    const root = await folderWith(files);
    const digest = await digestContext(join(root, 'runtime'));
    expect(await find(local('slim'), { 'vsc.runtime.digest': digest }, [root])).toBeUndefined();
  });

  it.each(['slim', 'cpu', 'gpu'])('is stale where it is from another: %s', async (variant) => {
    const root = await folderWith(files);
    expect(await find(local(variant), older, [root])).toEqual({
      why: `is older than ${root}/runtime, or was built from another one.`,
      command: `vsc build --${variant}`,
    });
  });

  it("is compared with what would be built from: the project's runtime/ before the package's", async () => {
    const [project, shipped] = [
      await folderWith({ 'runtime/Dockerfile': '' }),
      await folderWith(files),
    ];
    const digest = { 'vsc.runtime.digest': await digestContext(join(shipped, 'runtime')) };
    expect(await find(local('slim'), digest, [project, shipped])).toBeUndefined();
    expect((await find(local('cpu'), digest, [project, shipped]))?.why).toContain(project);
  });

  it('is not known to fit where an older vsc built it, and the warning names the command', async () => {
    const root = await folderWith(files);
    const { reporter, events } = recorder();
    const choice = { name: local('slim'), image: { labels: { 'vsc.runtime.contract': '1' } } };
    await warnOfStaleImage(choice, descriptorTrack, [root], reporter);
    expect(events).toEqual([
      {
        type: 'warning',
        message: `${local('slim')} was built by an older vsc and may not fit ${root}/runtime. Build it anew: vsc build --slim`,
      },
    ]);
  });
});

it.each([
  ['the official one', 'metavsc.azurecr.io/meta-vsc-descriptor-runtime:cpu-latest', older],
  ['one that is named by its digest', 'meta-vsc-descriptor-runtime@sha256:0', older],
  ['one of the user', 'mine:1', older],
  ['the official one under a local name', local('cpu'), {}],
])('nothing is said of %s', async (_, name, labels) => {
  expect(await find(name, labels, [await folderWith(files)])).toBeUndefined();
});

it('nothing is said where there is no runtime/ to compare with', async () => {
  expect(await find(local('slim'), older, [await folderWith()])).toBeUndefined();
});
