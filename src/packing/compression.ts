import { open } from 'node:fs/promises';
import { deflateRawSync } from 'node:zlib';

const blockBytes = 16 * 1024;
const blocks = 9;

/**
 * A file whose blocks deflate to more than this share of their size is stored: the saving would not
 * pay for the minutes. Normal float32 deflates to 0.925.
 */
const worthwhileRatio = 0.88;

/**
 * Whether deflating the file of `bytes` bytes saves enough: the median ratio of nine blocks spread
 * over it, at level 1. The median, since the ids at the start of an npz deflate to almost nothing.
 */
export async function worthDeflating(path: string, bytes: number): Promise<boolean> {
  if (bytes <= blockBytes * blocks) return true;
  const file = await open(path);
  try {
    const ratios: number[] = [];
    for (let index = 0; index < blocks; index++) {
      const position = Math.floor(((bytes - blockBytes) * index) / (blocks - 1));
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(blockBytes),
        0,
        blockBytes,
        position,
      );
      if (bytesRead === 0) continue;
      const block = buffer.subarray(0, bytesRead);
      ratios.push(deflateRawSync(block, { level: 1 }).length / bytesRead);
    }
    ratios.sort((a, b) => a - b);
    return (ratios[Math.floor(ratios.length / 2)] ?? 0) <= worthwhileRatio;
  } finally {
    await file.close();
  }
}
