import { mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EnvironmentError, type Finding } from '../../src/errors.ts';
import { type PreflightFacts, preflight } from '../../src/preflight/preflight.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import {
  floatsNpy,
  idsNpy,
  makeNpy,
  makeSet,
  makeZip,
  type TestEntry,
} from '../descriptors/support.ts';

const facts: PreflightFacts = {
  form: descriptorTrack.submission,
  queryDurations: new Map([['Q100001', 2]]),
  referenceDurations: new Map([['R100001', 2]]),
  phase2: false,
  freeBytes: 1e9,
  scanFinite: true,
};
const main = { name: 'main.py', data: Buffer.from('print("hello")\n') };
const queries = { name: 'query_descriptors.npz', data: makeSet(['Q100001']) };
const references = { name: 'reference_descriptors.npz', data: makeSet(['R100001']) };
const sets = [queries, references];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vsc-preflight-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function checkZip(
  entries: readonly TestEntry[],
  other: Partial<PreflightFacts> = {},
): Promise<readonly Finding[]> {
  return checkBytes(makeZip(entries), other);
}

async function checkBytes(bytes: Uint8Array, other: Partial<PreflightFacts> = {}) {
  const path = join(folder, 'submission.zip');
  await writeFile(path, bytes);
  return preflight(path, { ...facts, ...other });
}

/** Bytes that stand for deflated data of a size; nobody unpacks them. */
const deflated = (bytes: number) => Buffer.alloc(bytes, 'x');

const rules = (findings: readonly Finding[]) => findings.map(({ rule }) => rule);

describe('a whole submission', () => {
  it.each([
    ['stored', {}],
    ['deflated', { deflate: true }],
    ['deflated, with the sizes after the data', { deflate: true, sizesFollow: true }],
  ])('%s has no findings', async (_, options) => {
    const entries = [main, ...sets].map((entry) => ({ ...entry, ...options }));
    expect(await checkZip(entries)).toEqual([]);
    expect(await checkZip(entries, { scanFinite: false })).toEqual([]);
  });

  it.each([
    ['compressed arrays', { deflate: true }],
    ['arrays whose sizes follow', { sizesFollow: true }],
    ['compressed arrays whose sizes follow', { deflate: true, sizesFollow: true }],
  ])('holds %s in stored and deflated entries', async (_, options) => {
    for (const deflate of [false, true]) {
      const entries = [
        { name: queries.name, data: makeSet(['Q100001'], options), deflate },
        { name: references.name, data: makeSet(['R100001'], options), deflate },
      ];
      for (const scanFinite of [false, true]) {
        expect(await checkZip([main, ...entries], { scanFinite })).toEqual([]);
      }
    }
  });

  it('may be a folder, with links and droppings', async () => {
    await writeFile(join(folder, 'q.npz'), queries.data);
    const src = join(folder, 'submission_src');
    await mkdir(join(src, '__pycache__'), { recursive: true });
    await writeFile(join(src, '__pycache__', 'main.pyc'), 'x');
    await symlink('../q.npz', join(src, queries.name));
    await writeFile(join(src, references.name), references.data);
    expect(await preflight(src, facts)).toMatchObject([
      { rule: 'main-missing', severity: 'warning' },
    ]);
    await writeFile(join(src, 'main.py'), main.data);
    expect(await preflight(src, facts)).toEqual([]);
  });

  it('that is not there is an error with the next command', async () => {
    await expect(preflight(join(folder, 'no.zip'), facts)).rejects.toThrow(EnvironmentError);
  });

  it.each([
    ['a set', sets],
    ['its main.py', [main]],
    ['another script', [{ ...main, name: 'model.py' }]],
    ['very many files', Array.from({ length: 30_000 }, (_, at) => ({ ...main, name: `${at}` }))],
  ])('stops with the signal at %s', async (_, entries) => {
    const path = join(folder, 'submission.zip');
    await writeFile(path, makeZip(entries));
    const stop = preflight(path, facts, AbortSignal.abort(new Error('enough')));
    await expect(stop).rejects.toThrow('enough');
  });

  it('is closed again, a zip as well as a folder, whatever is wrong with it', async () => {
    const open = async () => {
      const links = (await readdir('/proc/self/fd')).map((name) => join('/proc/self/fd', name));
      const targets = await Promise.all(links.map((link) => readlink(link).catch(() => '')));
      return targets.filter((target) => target.startsWith(folder));
    };
    await checkZip([main, ...sets]);
    await checkBytes(Buffer.from('no zip'));
    for (const { name, data } of sets) await writeFile(join(folder, name), data);
    await preflight(folder, facts);
    expect(await open()).toEqual([]);
  });
});

describe('what is not a zip', () => {
  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('<html>Sign in to continue</html>')],
    ['half a zip', makeZip([main, ...sets]).subarray(0, 600)],
  ])('%s is a finding', async (_, bytes) => {
    expect(rules(await checkBytes(bytes))).toEqual(['not-a-zip']);
  });

  it('a zip without files is a finding', async () => {
    expect(rules(await checkZip([]))).toEqual(['empty-zip']);
  });
});

describe('main.py', () => {
  it('absent is a warning, and an error in phase 2', async () => {
    expect(await checkZip(sets)).toMatchObject([{ severity: 'warning', rule: 'main-missing' }]);
    const inPhase2 = await checkZip(sets, { phase2: true });
    expect(inPhase2).toMatchObject([{ severity: 'error', rule: 'main-missing' }]);
  });

  it('in other letters is none, and the way to mend it is told', async () => {
    const files = [{ ...main, name: 'Main.py' }, ...sets];
    const [finding, ...others] = await checkZip(files, { phase2: true });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      rule: 'main-missing',
      fix: 'Rename Main.py: names are told apart by case.',
    });
    const [set = main, ...rest] = sets;
    const upper = [main, { ...set, name: set.name.toUpperCase() }, ...rest];
    expect((await checkZip(upper))[0]).toMatchObject({
      rule: 'missing-file',
      fix: `Rename ${set.name.toUpperCase()}: names are told apart by case.`,
    });
  });

  it('in a subfolder is an error that says how to pack', async () => {
    const moved = [main, ...sets].map((entry) => ({ ...entry, name: `my_model/${entry.name}` }));
    const findings = await checkZip(moved);
    expect(rules(findings)).toEqual(['main-in-subfolder', 'missing-file', 'missing-file']);
    expect(findings[0]?.message).toBe('main.py is in my_model/; it must be at the root of the zip');
    expect(findings[0]?.fix).toContain('(cd -- my_model && zip -r ../submission.zip .');
  });

  it.each(['__MACOSX/main.py', 'src/.git/main.py'])('is not looked for in %s', async (name) => {
    expect(rules(await checkZip([{ ...main, name }, ...sets]))).toEqual(['main-missing']);
  });

  it.each(["it's", '$(touch owned)', '`id`;x', '-rf', 'a b/"c"', "';id;'", 'ü 🎬'])(
    'in %s says it so that a shell finds that folder and runs nothing else',
    async (folder) => {
      const findings = await checkZip([{ ...main, name: `${folder}/main.py` }, ...sets]);
      const fix = findings.find(({ rule }) => rule === 'main-in-subfolder')?.fix ?? '';
      const [, command = ''] = /folder, (\(.*\)), or run/.exec(fix) ?? [];
      const shell = `cd() { printf '%s|' "$@"; }; zip() { :; }; ${command}`;
      expect((await execa('bash', ['-c', shell])).stdout).toBe(`--|${folder}|`);
    },
  );

  it.each([
    ['not UTF-8', Buffer.from('# caf\xe9\n', 'latin1'), 'main-not-utf8'],
    ['UTF-16', Buffer.from('print()', 'utf16le'), 'main-has-nul'],
    ['with a NUL', Buffer.from('print()\0'), 'main-has-nul'],
    ['huge', Buffer.alloc(5e6, '#'), 'main-not-python'],
  ])('%s is refused as Python refuses it', async (_, data, rule) => {
    expect(await checkZip([{ ...main, data, deflate: true }, ...sets])).toMatchObject([
      { severity: 'error', file: 'main.py', rule },
    ]);
  });

  it.each([
    ['a byte order mark', Buffer.from('\ufeffprint()\n')],
    ['another encoding, declared', Buffer.from('# -*- coding: latin-1 -*-\n# caf\xe9\n', 'latin1')],
    ['nothing in it', Buffer.alloc(0)],
    ['four megabytes', Buffer.alloc(2 ** 22, '#')],
  ])('with %s is fine', async (_, data) => {
    expect(await checkZip([{ ...main, data }, ...sets])).toEqual([]);
  });

  it('that is a folder is an error', async () => {
    const findings = await checkZip([{ name: 'main.py/', data: Buffer.alloc(0) }, ...sets]);
    expect(rules(findings)).toEqual(['main-not-a-file']);
  });

  it('that is damaged is an error', async () => {
    const findings = await checkZip([{ ...main, says: { crc32: 1 } }, ...sets]);
    expect(rules(findings)).toEqual(['unreadable']);
  });
});

describe('entries that harm', () => {
  const entry = (name: string, other: Partial<TestEntry> = {}): TestEntry => ({
    name,
    data: Buffer.from('x'),
    ...other,
  });

  it.each([
    ['..', entry('../evil.py'), 'leaves-root'],
    ['.. inside', entry('a/../../evil.py'), 'leaves-root'],
    ['an absolute name', entry('/etc/passwd'), 'leaves-root'],
    ['a drive', entry('C:/evil.py'), 'leaves-root'],
    ['a backslash', entry('weights\\model.pt'), 'leaves-root'],
    ['a NUL', entry('a\0b'), 'damaged-zip'],
    ['a symbolic link', entry('link', { mode: 0o120777 }), 'symlink'],
    ['a device', entry('null', { mode: 0o020666 }), 'special-file'],
    ['encryption', entry('secret.pt', { encrypted: true }), 'encrypted'],
    ['lzma', entry('model.pt', { method: 14 }), 'compression-method'],
    ['a file in submission/', entry('submission/submission.zip'), 'submission-folder'],
    ['the name of the entry point', entry('entrypoint.sh'), 'reserved-name'],
    ['a file in ./submission/', entry('./submission/x'), 'submission-folder'],
    ['another spelling', entry('Main.py'), 'case-clash'],
    ['a folder in another spelling', entry('MAIN.PY/x'), 'case-clash'],
    ['a name twice, in two ways', entry('.//main.py'), 'duplicate-entry'],
    ['a name twice', entry('main.py'), 'duplicate-entry'],
    ['a file that is a folder', entry('main.py/x'), 'file-and-folder'],
    ['a folder that is a file', entry('main.py/', { data: Buffer.alloc(0) }), 'file-and-folder'],
    ['data beyond the end', entry('w.pt', { says: { size: 1e9, packedSize: 1e9 } }), 'damaged-zip'],
    ['data of another entry', entry('w.pt', { says: { offset: 0 } }), 'damaged-zip'],
    ['a bomb', entry('w.pt', { deflate: true, says: { size: 2 ** 32 - 2 } }), 'too-large'],
  ])('%s', async (_, bad, rule) => {
    const findings = await checkZip([main, ...sets, bad]);
    expect(rules(findings)).toContain(rule);
    const found = findings.find((finding) => finding.rule === rule);
    expect(found).toMatchObject({ severity: 'error', fix: expect.stringMatching(/\w/) });
  });

  it('are named so that a terminal can show it', async () => {
    const findings = await checkZip([main, ...sets, entry('../\x1b[2J\u202egpj.exe')]);
    expect(findings).toMatchObject([{ file: '../\\x1b[2J\\u202egpj.exe' }]);
  });

  it.each([
    ['deeply nested', entry('a/'.repeat(2000))],
    ['long', entry('a'.repeat(60_000))],
    ['deeper than is looked', entry('a/'.repeat(33))],
    ['longer than Linux takes', entry(`${'a'.repeat(250)}/`.repeat(16).slice(0, 4_001))],
    ['a part that no folder takes', entry(`a/${'é'.repeat(128)}`)],
    ['empty', entry('')],
  ])('may have impossible names: %s', async (_, bad) => {
    expect(rules(await checkZip([main, ...sets, bad]))).toEqual(['leaves-root']);
  });

  it.each([
    ['32 deep', entry('a/'.repeat(32), { data: Buffer.alloc(0) })],
    ['as long as Linux takes', entry(`${'a'.repeat(249)}/`.repeat(16).padEnd(4_000, 'b'))],
    ['a part as long as a folder takes', entry(`a/${'é'.repeat(127)}b`)],
    ['a colon further on', entry('weights/step:100.pt')],
    ['of the folder itself', entry('./', { data: Buffer.alloc(0) })],
  ])('are not those with names that are possible: %s', async (_, good) => {
    expect(await checkZip([main, ...sets, good])).toEqual([]);
  });

  it('may be a bomb, which is not unpacked', async () => {
    const zeros = entry('query_descriptors.npz', {
      deflate: true,
      data: Buffer.alloc(1e6),
      says: { size: 0xfffffffe },
    });
    const findings = await checkZip([main, references, zeros], { freeBytes: 1e12 });
    expect(rules(findings)).toEqual(['zip-bomb']);
  });

  it('are counted, not listed one by one', async () => {
    const many = Array.from({ length: 300 }, (_, at) => entry(`a\\${at}`));
    const findings = await checkZip([main, ...sets, ...many]);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.message).toBe('"a\\0" has a backslash in its name; so do 299 more');
  });
});

describe('what a finding says', () => {
  const x = Buffer.from('x');
  const latin1 = Buffer.from('# caf\xe9\n', 'latin1');
  const bad = (name: string, other: Partial<TestEntry> = {}): TestEntry[] => [
    main,
    ...sets,
    { name, data: x, ...other },
  ];

  it.each<[string, readonly TestEntry[], Partial<PreflightFacts>, string]>([
    ['no files', [], {}, 'It has no files in it.'],
    [
      'no main.py',
      sets,
      {},
      'there is no main.py at the root: only the full rankings are made, the subset scores nothing',
    ],
    [
      'no main.py in phase 2',
      sets,
      { phase2: true },
      'there is no main.py at the root; phase 2 needs one',
    ],
    [
      'no references',
      [main, queries],
      {},
      'reference_descriptors.npz is missing; it must be at the root of the zip',
    ],
    [
      'a folder',
      [...sets, { name: 'main.py/', data: Buffer.alloc(0) }],
      {},
      'main.py is a folder; it must be a file',
    ],
    [
      'encoding',
      [{ ...main, data: latin1 }, ...sets],
      {},
      'main.py is not valid UTF-8 at offset 5; Python refuses it',
    ],
    [
      'NUL',
      [{ ...main, data: Buffer.from('ab\0') }, ...sets],
      {},
      'main.py has a NUL byte at offset 2; Python refuses it',
    ],
    [
      'size',
      [{ ...main, data: Buffer.alloc(2 ** 22 + 1, '#'), deflate: true }, ...sets],
      {},
      'main.py has 4,194,305 bytes; that is no source',
    ],
    ['a link', bad('a', { mode: 0o120777 }), {}, '"a" is a symbolic link'],
    [
      'a method',
      bad('a', { method: 14 }),
      {},
      '"a" is compressed by method lzma; allowed are stored and deflated',
    ],
    [
      'an unknown method',
      bad('a', { method: 77 }),
      {},
      '"a" is compressed by method 77; allowed are stored and deflated',
    ],
    [
      'submission/',
      bad('submission/a'),
      {},
      '"submission/a" would be unpacked into submission/, where the zip and the results are',
    ],
    ['a name twice', bad('main.py'), {}, '"main.py" is in the zip more than once'],
    [
      'a clash',
      [...bad('A/b'), { name: 'a/c', data: x }],
      {},
      '"a/c" differs only in case from "A"',
    ],
    [
      'a clash further down',
      [...bad('a/B/b'), { name: 'a/b/c', data: x }],
      {},
      '"a/b/c" differs only in case from "a/B"',
    ],
    [
      'a file for a folder',
      [...bad('a/b'), { name: 'a/b/c', data: x }],
      {},
      '"a/b/c" lies in a file, "a/b"',
    ],
    [
      'a folder for a file',
      [...bad('a/b'), { name: 'a', data: x }],
      {},
      '"a" is both a file and a folder',
    ],
    [
      'two of a kind',
      [...bad('a', { encrypted: true }), { name: 'b', data: x, encrypted: true }],
      {},
      '"a" is encrypted; nobody has the password; so do 1 more',
    ],
  ])('of %s', async (_, entries, other, message) => {
    const findings = await checkZip(entries, other);
    expect(findings.map((finding) => finding.message)).toContain(message);
    const without = ['main-missing', 'main-not-a-file', 'missing-file'];
    for (const { rule, fix } of findings) if (!without.includes(rule)) expect(fix).toMatch(/\w/);
  });

  it('of damage is what was seen, with what to do', async () => {
    const [finding] = await checkZip([{ ...main, says: { crc32: 1 } }, ...sets]);
    expect(finding?.message).toMatch(/^main\.py can't be unpacked: .*checksum/);
    expect(finding?.fix).toBe('Pack it again.');
  });

  it('of too little room on the disk tells how little, and is not of just enough', async () => {
    const entries = [main, ...sets];
    const bytes = entries.reduce((sum, { data }) => sum + data.length, 0);
    expect(await checkZip(entries, { freeBytes: bytes })).toEqual([]);
    const [finding] = await checkZip(entries, { freeBytes: bytes - 1 });
    const shown = (count: number) => count.toLocaleString('en-US');
    expect(finding?.message).toBe(
      `it unpacks to ${shown(bytes)} bytes, and ${shown(bytes - 1)} bytes are free`,
    );
    const huge = { name: 'w', data: Buffer.alloc(2 ** 22), deflate: true, says: { size: 2 ** 30 } };
    const found = await checkZip([...entries, huge], { freeBytes: 1e6 });
    expect(found.at(-1)?.message).toBe('it unpacks to 1.07 GB, and 0.00 GB are free');
  });

  it('of what is not there names the command that makes it', async () => {
    const error = await preflight(join(folder, 'no.zip'), facts).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: `There is no ${join(folder, 'no.zip')}.`,
      next: ['Run "vsc pack-submission".'],
    });
  });
});

it('a bomb deflates better than anything people train, and is large', async () => {
  const found = async (size: number, packed: number) => {
    const data = deflated(packed);
    const bomb = { name: 'w', data, method: 8, says: { size } };
    const findings = await checkZip([main, ...sets, bomb], { freeBytes: 1e12 });
    return findings.map(({ rule, message }) => `${rule}: ${message}`);
  };
  expect(await found(2 ** 30, 1e6)).toEqual([]);
  expect(await found(2 ** 30 + 1, 1e6)).toEqual([
    'zip-bomb: "w" unpacks from 1.00 GB to 1.07 GB'.replace('1.00 GB', '0.00 GB'),
  ]);
  expect(await found(1.2e9, 6e6)).toEqual([]);
  expect(await found(1.2e9, 6e6 - 1)).toHaveLength(1);
});

describe('scripts beside main.py', () => {
  const fetching = (count: number) => Buffer.from('requests.get(u)\n'.repeat(count));
  const script = (name: string, data = fetching(1)) => ({ name, data, deflate: true });

  it('are looked at for what they fetch, with the paths that are in the zip', async () => {
    const local = Buffer.from('M.from_pretrained("weights")\nM.from_pretrained("other")\n');
    const findings = await checkZip([
      main,
      ...sets,
      script('lib/model.py', local),
      script('weights/x.bin', Buffer.from('x')),
      script('notes.txt'),
      script('__MACOSX/model.py'),
      script('sub/.git/x.py'),
    ]);
    expect(findings.map(({ file, message }) => `${file} ${message.split(' ')[0]}`)).toEqual([
      'lib/model.py lib/model.py:2',
    ]);
  });

  it('are told of 20 times at most', async () => {
    const many = Array.from({ length: 7 }, (_, at) => script(`m${at}.py`, fetching(3)));
    expect(await checkZip([main, ...sets, ...many.slice(0, 6)])).toHaveLength(18);
    expect(await checkZip([main, ...sets, ...many])).toHaveLength(20);
  });

  it('are looked at to a megabyte each, and 16 in all', async () => {
    const large = Buffer.concat([fetching(1), Buffer.alloc(2 ** 20 - 16, ' ')]);
    expect(await checkZip([main, ...sets, script('a.py', large)])).toHaveLength(1);
    const larger = Buffer.concat([large, Buffer.from(' ')]);
    expect(await checkZip([main, ...sets, script('a.py', larger)])).toEqual([]);
    const many = Array.from({ length: 18 }, (_, at) => script(`m${at}.py`, large));
    expect(await checkZip([...sets, ...many])).toHaveLength(1 + 16);
  });

  it('are 2,000 at most', async () => {
    const many = Array.from({ length: 2_001 }, (_, at) => ({
      name: `m${String(at).padStart(4, '0')}.py`,
      data: at < 1_999 ? Buffer.alloc(0) : fetching(1),
    }));
    expect(await checkZip([...sets, ...many])).toMatchObject([
      { rule: 'main-missing' },
      { file: 'm1999.py' },
    ]);
  });

  it('that are damaged are nobody’s fault but main.py’s', async () => {
    const broken = { ...script('a.py'), says: { crc32: 1 } };
    expect(rules(await checkZip([main, ...sets, broken, script('b.py')]))).toEqual([
      'network-weights',
    ]);
  });
});

it('a set that is far too large for its videos is not read', async () => {
  const set = { ...queries, deflate: true, says: { size: 2 ** 28 } };
  const findings = await checkZip([main, set, references]);
  expect(findings).toMatchObject([
    { file: 'query_descriptors.npz', rule: 'too-large', severity: 'error' },
  ]);
  expect(findings[0]?.message).toBe(
    'it has 268,435,456 bytes; allowed are 67,125,792 for the videos in query_metadata.csv',
  );
  const asLarge = { ...set, says: { size: 67_125_792 } };
  expect(rules(await checkZip([main, asLarge, references]))).toEqual(['unreadable']);
});

describe('the sets', () => {
  it('are looked for, and opened each by itself', async () => {
    const findings = await checkZip([main, { ...queries, data: Buffer.from('no') }]);
    expect(findings.map(({ file, rule }) => `${file} ${rule}`)).toEqual([
      'reference_descriptors.npz missing-file',
      'query_descriptors.npz unreadable',
    ]);
  });

  it('are unreadable where the zip contradicts itself', async () => {
    const stored = `${queries.data.length} bytes packed and 5 unpacked`;
    expect(await checkZip([main, { ...queries, says: { size: 5 } }, references])).toEqual([
      {
        severity: 'error',
        file: 'query_descriptors.npz',
        rule: 'unreadable',
        message: `query_descriptors.npz is stored, but declares ${stored}.`,
      },
    ]);
  });

  it('are held to the metadata, each and together', async () => {
    const data = makeSet(['Q100001', 'Q100001', 'Q100001', 'Q100002']);
    const findings = await checkZip([main, { ...queries, data, deflate: true }, references]);
    expect(rules(findings)).toEqual(['too-many-vectors', 'unknown-video']);
    expect(findings[1]?.message).toContain('query_metadata.csv');
    const wrong = [main, queries, { ...references, data: makeSet(['R100002']) }];
    const [finding] = await checkZip(wrong);
    expect(finding?.message).toContain('reference_metadata.csv');
  });

  it('have the same dimensions', async () => {
    const one = makeZip([
      { name: 'video_ids.npy', data: idsNpy(['Q100001']) },
      { name: 'features.npy', data: floatsNpy([[1]]) },
      { name: 'timestamps.npy', data: makeNpy('<f8', [1], Buffer.alloc(8)) },
    ]);
    expect(rules(await checkZip([main, { ...queries, data: one }, references]))).toEqual([
      'dimensions-differ',
    ]);
  });

  it.each([
    ['an array', makeSet(['Q100001'], { says: { crc32: 7 } }), {}],
    ['a deflated npz', queries.data, { deflate: true, says: { crc32: 7 } }],
    ['a stored npz', queries.data, { says: { crc32: 7 } }],
    [
      'a stored npz of deflated arrays',
      makeSet(['Q100001'], { deflate: true }),
      { says: { crc32: 7 } },
    ],
  ])('are verified: damage to %s', async (_, data, packing) => {
    const findings = await checkZip([main, { ...queries, data, ...packing }, references]);
    expect(new Set(rules(findings))).toEqual(new Set(['unreadable']));
  });
});

describe('a folder that is to be packed', () => {
  it('with nothing in it is no submission', async () => {
    expect(rules(await preflight(folder, facts))).toEqual(['empty-zip']);
  });

  it('has its files looked at', async () => {
    await writeFile(join(folder, 'main.py'), 'requests.get(u) # \xe9', 'latin1');
    await writeFile(join(folder, queries.name), makeSet(['Q100009']));
    await writeFile(join(folder, references.name), 'no set');
    const found = (await preflight(folder, facts)).map(({ file, rule }) => `${file} ${rule}`);
    expect(found).toEqual([
      'main.py main-not-utf8',
      'query_descriptors.npz unknown-video',
      'reference_descriptors.npz unreadable',
      'main.py network-weights',
    ]);
  });

  it('is held to the names that a zip may have', async () => {
    await mkdir(join(folder, 'submission'));
    for (const name of ['main.py', 'Main.py', 'submission/x'])
      await writeFile(join(folder, name), '');
    expect(rules(await preflight(folder, facts))).toEqual(
      expect.arrayContaining(['case-clash', 'submission-folder']),
    );
  });
});
