import { deflateRawSync } from 'node:zlib';
import type { Effort } from '../descriptors/deflate.ts';
import { openFile } from '../places.ts';

/** How a file is sampled. */
const blockBytes = 16 * 1024;
const blocks = 9;

/**
 * A file whose blocks deflate to more than this share of their size is stored: the saving would not pay
 * for the seconds. Normal float32 deflates to 0.925.
 */
const worthwhileRatios: Readonly<Record<Effort, number>> = { fast: 0.88, smallest: 0.999 };

/**
 * The effort, or undefined where deflating the file of `bytes` bytes with it saves too little: the median
 * ratio of nine blocks spread over it, at level 1. The median, since the ids at the start of an npz
 * deflate to almost nothing.
 */
export async function worthwhile(
  effort: Effort,
  path: string,
  bytes: number,
): Promise<Effort | undefined> {
  if (bytes <= blockBytes * blocks) return effort;
  const file = await openFile(path);
  try {
    const ratios: number[] = [];
    for (let index = 0; index < blocks; index++) {
      const position = Math.floor(((bytes - blockBytes) * index) / (blocks - 1));
      const block = Buffer.alloc(blockBytes);
      const { bytesRead } = await file.read(block, 0, blockBytes, position);
      if (bytesRead === 0) continue;
      const packed = deflateRawSync(block.subarray(0, bytesRead), { level: 1 });
      ratios.push(packed.length / bytesRead);
    }
    ratios.sort((a, b) => a - b);
    const median = ratios[Math.floor(ratios.length / 2)] ?? 0;
    return median <= worthwhileRatios[effort] ? effort : undefined;
  } finally {
    await file.close();
  }
}
