import { createCipheriv } from 'node:crypto';

/** So many bytes without any order to find in them, the same ones every time. */
export function noise(bytes: number): Buffer {
  const key = Buffer.alloc(16);
  return createCipheriv('aes-128-ctr', key, key).update(Buffer.alloc(bytes));
}

/** So many numbers as a normal distribution has them, the same ones every time. */
export function normals(count: number): number[] {
  const bytes = noise(8 * count);
  const share = (at: number) => (bytes.readUInt32LE(4 * at) + 1) / 2 ** 32;
  return Array.from({ length: count }, (_, at) => {
    return Math.sqrt(-2 * Math.log(share(2 * at))) * Math.cos(2 * Math.PI * share(2 * at + 1));
  });
}
