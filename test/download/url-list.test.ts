import { describe, expect, it } from 'vitest';
import { parseUrlList, shownUrl } from '../../src/download/url-list.ts';
import { UsageError } from '../../src/errors.ts';

const parsed = (...lines: string[]) => parseUrlList('list.txt', lines.join('\n'));

async function faults(...lines: string[]): Promise<string[]> {
  const error = await parsed(...lines).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  const [head, ...found] = (error as UsageError).message.split('\n');
  expect(head).toBe("The list list.txt can't be used:");
  return found.map((line) => line.trim());
}

const sha256 = 'ab'.repeat(32);

describe('a list of URLs', () => {
  it('may be nothing but URLs', async () => {
    const files = await parsed('https://h/a/Q100001.mp4', '', ' http://h/R100001.mp4 ');
    expect(files.map(({ url, name, line }) => [url.href, name, line])).toEqual([
      ['https://h/a/Q100001.mp4', 'Q100001.mp4', 1],
      ['http://h/R100001.mp4', 'R100001.mp4', 3],
    ]);
    expect(files[0]).not.toHaveProperty('size');
    expect(files[0]).not.toHaveProperty('sum');
  });

  it('may have sizes and sums, comments, and any line ends', async () => {
    const text = `\uFEFF# 2 files\r\nhttps://h/a.mp4 12\thttps`.replace('\thttps', '');
    const [first] = await parseUrlList(
      'list.txt',
      `${text}\r\nhttps://h/b.mp4 SHA-256:${sha256} 7\r`,
    );
    const all = await parseUrlList('list.txt', `${text}\r\nhttps://h/b.mp4 SHA-256:${sha256} 7\r`);
    expect(first).toMatchObject({ name: 'a.mp4', size: 12, line: 2 });
    expect(all[1]).toMatchObject({
      name: 'b.mp4',
      size: 7,
      sum: { algorithm: 'sha256', hex: sha256 },
      line: 3,
    });
  });

  it('takes the name from the path, not from what comes after it', async () => {
    const [file] = await parsed('https://h/d/Q100001.mp4?name=/etc/passwd&sig=x#Q100002.mp4');
    expect(file).toMatchObject({ name: 'Q100001.mp4' });
    expect(file?.url.href).toBe('https://h/d/Q100001.mp4?name=/etc/passwd&sig=x');
  });

  it('takes sums as sha256sum writes them, for the URLs that end in the same path', async () => {
    const md5 = 'cd'.repeat(16);
    const files = await parsed(
      'https://h/v1/train/query/Q100001.mp4',
      'https://h/v1/test/query/Q100001.mp4',
      'https://h/v1/Q100002.mp4',
      `https://h/v1/Q100003.mp4 md5:${md5}`,
      `${sha256}  ./train/query/Q100001.mp4`,
      `${md5} *Q100002.mp4`,
      `${sha256}  Q100003.mp4`,
      `${sha256}  Q999999.mp4`,
    );
    expect(files.map(({ sum }) => sum?.algorithm)).toEqual(['sha256', undefined, 'md5', 'md5']);
  });

  it.each([
    ['words', 'Q100001.mp4', 'line 1: neither a URL nor a sum'],
    ['a path', '/etc/passwd', 'line 1: neither a URL nor a sum'],
    ['a file', 'file:///etc/passwd', 'line 1: file://, where only http and https will do'],
    [
      'another scheme',
      's3://bucket/Q100001.mp4',
      'line 1: s3://, where only http and https will do',
    ],
    ['no host', 'http://', 'line 1: no URL that can be read'],
    ['a way up', 'https://h/a/../../Q100001.mp4', 'line 1: its path has ".." or "\\" in it'],
    [
      'an escaped way up',
      'https://h/%2e%2E/Q100001.mp4',
      'line 1: its path has ".." or "\\" in it',
    ],
    [
      'one behind an escaped slash',
      'https://h/..%2fQ100001.mp4',
      'line 1: its path has ".." or "\\" in it',
    ],
    ['a backslash', 'https://h\\..\\Q100001.mp4', 'line 1: its path has ".." or "\\" in it'],
    [
      'an unknown detail',
      'https://h/a.mp4 1MB',
      'line 1: "1MB" is neither a size nor a sum, or the second one',
    ],
    [
      'two sizes',
      'https://h/a.mp4 1 2',
      'line 1: "2" is neither a size nor a sum, or the second one',
    ],
    [
      'a negative size',
      'https://h/a.mp4 -1',
      'line 1: "-1" is neither a size nor a sum, or the second one',
    ],
    [
      'an endless size',
      `https://h/a.mp4 ${'9'.repeat(20)}`,
      `line 1: "${'9'.repeat(20)}" is neither a size nor a sum, or the second one`,
    ],
    [
      'an unknown sum',
      'https://h/a.mp4 crc32:00000000',
      'line 1: a sum of "crc32", where md5, sha1, sha256, sha512 are known',
    ],
    [
      'a sum that is too short',
      'https://h/a.mp4 sha256:00',
      "line 1: sha256 sums don't have 2 digits",
    ],
    [
      'a sum of a file elsewhere',
      `${sha256}  ../Q100001.mp4`,
      'line 1: "../Q100001.mp4" leads out of the folder',
    ],
    [
      'a sum of an absolute path',
      `${sha256}  /etc/passwd`,
      'line 1: "/etc/passwd" leads out of the folder',
    ],
    [
      'a password with a stray %',
      'https://u:%zz@h/a.mp4',
      'line 1: a "%" in its user or password that is none of an escape',
    ],
    ['a line without end', `https://h/${'a'.repeat(20_000)}`, 'line 1: it is too long'],
    ['nothing', '# no URL', 'there is no URL in it'],
  ])('is refused for %s', async (_, line, fault) => {
    expect(await faults(line)).toEqual([fault]);
  });

  it('has at most five faults told, with their lines, and no password', async () => {
    const secret = 'ftp://me:hunter2@h/x';
    const lines = ['https://h/a.mp4', secret, ...Array.from({ length: 8 }, () => 'x')];
    const found = await faults(...lines);
    expect(found).toHaveLength(6);
    expect(found[0]).toBe('line 2: ftp://, where only http and https will do');
    expect(found.at(-1)).toBe('and 4 more');
    expect(found.join()).not.toContain('hunter2');
  });

  it('of a hundred thousand files is read while an interrupt is heard', async () => {
    const lines = Array.from({ length: 105_343 }, (_, n) => `https://h/v/train/query/Q${n}.mp4 5`);
    const controller = new AbortController();
    const reading = parseUrlList('list.txt', lines.join('\n'), controller.signal);
    controller.abort(new Error('stop'));
    await expect(reading).rejects.toThrow('stop');
    expect(await parsed(...lines)).toHaveLength(105_343);
  });
});

it.each([
  ['https://me:hunter2@host:81/a/Q1.mp4?X-Signature=secret', 'https://host:81/a/Q1.mp4?…'],
  ['http://host/a%0ab', 'http://host/a%0ab'],
  ['http://host/\u202egpj', 'http://host/%E2%80%AEgpj'],
])('shows %s without what is secret', (url, shown) => {
  expect(shownUrl(new URL(url))).toBe(shown);
});
