import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../src/errors.ts';
import { moveTo } from '../src/files.ts';

/** A system that refuses a move so many times, and what it was asked. */
function refusing(times: number, code: string, platform: NodeJS.Platform) {
  const asked = { moves: 0, waited: 0 };
  const world = {
    platform,
    async rename() {
      asked.moves += 1;
      if (asked.moves <= times) throw Object.assign(new Error(code), { code, errno: -1 });
    },
    async sleep(milliseconds: number) {
      asked.waited += milliseconds;
    },
  };
  return { asked, world };
}

describe('a move on Windows', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('waits for who has the file open: %s', async (code) => {
    const { asked, world } = refusing(3, code, 'win32');
    await moveTo('a', 'b', world);
    expect(asked.moves).toBe(4);
    expect(asked.waited).toBeGreaterThan(0);
  });

  it('gives up within some seconds, and says what to close', async () => {
    const { asked, world } = refusing(1000, 'EBUSY', 'win32');
    const error = await moveTo('a', 'C:\\p\\log.txt', world).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toContain('C:\\p\\log.txt: another program may have it open (EBUSY)');
    expect(error.reason).toBe('local-disk');
    expect(asked.waited).toBeLessThan(5000);
  });

  it('does not wait for what will not pass', async () => {
    const { asked, world } = refusing(1, 'ENOENT', 'win32');
    await expect(moveTo('a', 'b', world)).rejects.toThrow('ENOENT');
    expect(asked).toEqual({ moves: 1, waited: 0 });
  });
});

it('a move elsewhere is refused at once', async () => {
  const { asked, world } = refusing(1, 'EPERM', 'linux');
  await expect(moveTo('a', 'b', world)).rejects.toThrow('EPERM');
  expect(asked).toEqual({ moves: 1, waited: 0 });
});
