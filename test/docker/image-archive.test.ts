import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { archiveImage, bringImage, ImageMissing, wantedImage } from '../../src/image/bring.ts';
import { realEngine } from '../support/engine.ts';
import { folderWith } from '../support/folder.ts';

const { signal } = new AbortController();

/** An image that nobody else has. */
async function ownImage() {
  const name = `vsc-test-archive-${process.pid}`;
  const folder = await folderWith({ file: String(Math.random()) });
  await execa('sh', ['-c', `tar -cC "${folder}" . | docker import - ${name}`]);
  const remove = () => execa('docker', ['image', 'rm', '--force', name], { reject: false });
  onTestFinished(async () => void (await remove()));
  return { name, remove };
}

it('saves an image to a file, from which another engine has the very same', async () => {
  const engine = await realEngine();
  const { name, remove } = await ownImage();
  const image = await engine.findImage(name);
  if (image === undefined) throw new Error('the build left no image');
  const wanted = wantedImage({ name, image }, join(await folderWith(), 'images'));
  await archiveImage(engine, wanted, signal);
  const { mtimeMs } = await stat(wanted.archive);
  await archiveImage(engine, wanted, signal);
  expect((await stat(wanted.archive)).mtimeMs).toBe(mtimeMs);
  await remove();
  expect(await engine.findImage(image.id)).toBeUndefined();
  await bringImage(engine, wanted, signal);
  expect(await engine.findImage(image.id)).toMatchObject({ id: image.id, labels: image.labels });
  onTestFinished(async () => void (await execa('docker', ['image', 'rm', '--force', image.id])));
});

it('says where an image was looked for that is nowhere', async () => {
  const engine = await realEngine();
  const folder = await folderWith();
  const image = { id: `sha256:${'0'.repeat(64)}`, digests: [] };
  const wanted = wantedImage({ name: 'nobody/has:this', image }, folder);
  await expect(bringImage(engine, wanted, signal)).rejects.toThrow(
    `The engine has no image nobody/has:this (${image.id}).`,
  );
  await writeFile(wanted.archive, 'not a tar');
  await expect(bringImage(engine, wanted, signal)).rejects.toThrow();
  await expect(bringImage(engine, wanted, signal)).rejects.not.toThrow(ImageMissing);
});
