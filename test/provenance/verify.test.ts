import { appendFile, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { EnvironmentError, SubmissionFailed } from '../../src/errors.ts';
import { projectAt } from '../../src/project.ts';
import {
  differenceIn,
  type VerifyRequest,
  verificationLines,
  verify,
} from '../../src/provenance/verify.ts';
import { folderWith, keptFolderWith } from '../support/folder.ts';
import { rankingFiles, recordedProject, runFiles, writeArchive } from '../support/recorded.ts';
import { quiet } from '../support/recorder.ts';

const kept = await keptFolderWith();
afterAll(() => rm(kept, { recursive: true }));

/** Records a run once for all tests: it is most of what they take. */
let keeping: Promise<void> | undefined;
const keep = async () => {
  const { root, recording } = await recordedProject();
  await recording;
  await cp(root, kept, { recursive: true });
};

/** A recorded project of the test's own and the request to verify it. */
const recorded = async () => {
  keeping ??= keep();
  await keeping;
  const root = await folderWith();
  await cp(kept, root, { recursive: true });
  const { archive, provenance } = projectAt(root);
  return { root, archive, provenance };
};

// biome-ignore lint/suspicious/noExplicitAny: to be spoilt at will
type Json = any;

/** Changes the record as anybody with an editor could. */
const edit = async ({ provenance }: VerifyRequest, change: (json: Json) => void) => {
  const json = JSON.parse(await readFile(provenance, 'utf8'));
  change(json);
  await writeFile(provenance, JSON.stringify(json));
};

const look = async (request: VerifyRequest) => {
  const verification = await verify(request, quiet);
  const lines = verificationLines(verification);
  const differing = verification.checks.filter(({ state }) => state === 'differs');
  const failure = differenceIn(request, verification);
  return { ...verification, lines, differing, failure };
};

describe('a run that is as recorded', () => {
  it('is said to be, every file of it', async () => {
    const { checks, failure, lines } = await look(await recorded());
    expect(failure).toBeUndefined();
    expect(new Set(checks.map(({ state }) => state))).toEqual(new Set(['same']));
    const names = checks.map(({ name }) => name);
    for (const name of [...Object.keys(runFiles), ...Object.keys(rankingFiles)]) {
      expect(names).toContain(name);
    }
    expect(lines).toContain('  ✓ submission/submission.zip');
    expect(lines[0]).toMatch(/^Run [0-9a-f]{8} of \d{4}-\S+Z, which succeeded$/);
    expect(lines.slice(1)).toEqual([
      '  ✓ full_rankings.csv in the archive',
      '  ✓ subset_rankings.csv in the archive',
      '  ✓ submission/submission.tar.gz',
      '  ✓ submission/submission.zip',
      '  ✓ data/train/query_metadata.csv',
      '  ✓ data/train/reference_metadata.csv',
      '  ✓ data/train/query_subset.csv',
      '  ✓ data/train/ground_truth.csv',
      '  ✓ data/train/subset_ground_truth.csv',
      '  ✓ submission/subset_query_descriptors.npz',
      '  ✓ submission/log.txt',
      '  ✓ 2 videos',
      '  ✓ 5 counts that agree',
      'All that was checked is as recorded: 18 of 18.',
    ]);
    expect(checks[0]?.expected).toMatchObject({ bytes: 63, sha256: expect.any(String) });
  });

  it('need not be whole: what is not here is not checked, and that is said', async () => {
    const request = await recorded();
    await rm(join(request.root, 'data'), { recursive: true });
    const { failure, lines } = await look(request);
    expect(failure).toBeUndefined();
    expect(lines).toContain('  – data/train/query_metadata.csv is not here: not checked');
    expect(lines).toContain('  – 2 videos, not here: not checked');
    expect(lines.at(-1)).toBe(
      'All that was checked is as recorded: 10 of 17. Not checked, since not here: 7.',
    );
  });

  it('may have a file in the place of a folder', async () => {
    const request = await recorded();
    await rm(join(request.root, 'data/train/query'), { recursive: true });
    await writeFile(join(request.root, 'data/train/query'), '');
    const { failure, lines } = await look(request);
    expect(failure).toBeUndefined();
    expect(lines).toContain('  – 2 videos, not here: not checked');
  });

  it('may have taken no time', async () => {
    const request = await recorded();
    await edit(request, (json) => {
      json.times.finished = json.times.started;
    });
    expect((await look(request)).failure).toBeUndefined();
  });

  it('may have been sent somewhere else, beside other data', async () => {
    const { root } = await recorded();
    const inbox = await folderWith();
    await cp(join(root, 'submission'), join(inbox, 'team-7'), { recursive: true });
    const request = {
      root,
      archive: join(inbox, 'team-7/submission.tar.gz'),
      provenance: join(inbox, 'team-7/provenance.json'),
    };
    expect((await look(request)).failure).toBeUndefined();
    const renamed = join(inbox, 'team-7/result.tgz');
    await rename(request.archive, renamed);
    const { failure, lines } = await look({ ...request, archive: renamed });
    expect(failure).toBeUndefined();
    expect(lines).toContain('  ✓ submission/submission.tar.gz');
    await rename(renamed, request.archive);
    await appendFile(join(inbox, 'team-7/submission.zip'), 'x');
    expect((await look(request)).differing).toMatchObject([{ name: 'submission/submission.zip' }]);
  });
});

describe('tampering', () => {
  it.each([...Object.keys(runFiles), 'submission/submission.tar.gz'])(
    'with %s is noticed: longer, and of the same length',
    async (name) => {
      const request = await recorded();
      const path = join(request.root, name);
      const before = await readFile(path);
      for (const content of [Buffer.concat([before, Buffer.from('x')]), before.map((b) => b ^ 1)]) {
        await writeFile(path, content);
        const { failure, differing, lines } = await look(request);
        expect(failure).toBeInstanceOf(SubmissionFailed);
        expect(differing).toContainEqual(expect.objectContaining({ name }));
        expect(lines).toContain(`  ✗ ${name}`);
      }
      await writeFile(path, before);
      expect((await look(request)).failure).toBeUndefined();
    },
  );

  it('with the rankings is told by name, with what was expected and found', async () => {
    const request = await recorded();
    const better = rankingFiles['full_rankings.csv'].replace('0.5', '0.9');
    await writeArchive(request.archive, { ...rankingFiles, 'full_rankings.csv': better });
    const { lines, differing, failure } = await look(request);
    expect(differing.map(({ name }) => name)).toEqual([
      'full_rankings.csv',
      'submission/submission.tar.gz',
    ]);
    expect(lines.join('\n')).toMatch(
      /✗ full_rankings.csv in the archive\n +expected 63 bytes, SHA-256 \w{64}\n +found +63 bytes, /,
    );
    expect(failure?.message).toBe(
      `Not as recorded: full_rankings.csv and 1 more (${request.archive}, against ${request.provenance}).`,
    );
    expect(failure?.next.join()).toContain('vsc test-submission');
    expect(lines.at(-1)).toBe('2 of 18 differ.');
  });

  it('with one file is told without more', async () => {
    const request = await recorded();
    await appendFile(join(request.root, 'submission/log.txt'), 'x');
    const { failure } = await look(request);
    expect(failure?.message).toMatch(/^Not as recorded: submission\/log\.txt \(/);
  });

  it('with a video is told by its name, beside those that are right', async () => {
    const request = await recorded();
    await writeFile(join(request.root, 'data/train/query/Q100001.mp4'), 'x');
    const { lines } = await look(request);
    expect(lines).toContain('  ✗ data/train/query/Q100001.mp4');
    expect(lines).toContain('  ✓ 1 videos');
  });

  it('with the number of pairs is told in pairs, and with a count by what was counted', async () => {
    const request = await recorded();
    await edit(request, (json) => {
      json.rankings[0].pairs = 3;
      json.counts.runtime.subset_queries = 4;
    });
    const { lines } = await look(request);
    const text = lines.join('\n');
    expect(text).toContain(
      '✗ full_rankings.csv in the archive\n      expected 3 pairs\n      found    2 pairs',
    );
    expect(text).toContain(
      '✗ count: the queries that the runtime counted\n      expected 3\n      found    4',
    );
  });

  it('with an archive that is none is noticed, and why it can not be read', async () => {
    const request = await recorded();
    await writeFile(request.archive, 'no archive at all');
    const { differing } = await look(request);
    expect(differing.slice(0, 2)).toMatchObject([
      {
        what: 'rankings',
        name: 'full_rankings.csv',
        found: expect.stringMatching(/^an archive that can't be read: ./),
      },
      { what: 'rankings', name: 'subset_rankings.csv' },
    ]);
  });

  it('with the length of a ranking is told by its digest', async () => {
    const request = await recorded();
    const longer = `${rankingFiles['subset_rankings.csv']}Q100002,R100001,0.1\n`;
    await writeArchive(request.archive, { ...rankingFiles, 'subset_rankings.csv': longer });
    const { differing } = await look(request);
    expect(differing[0]).toMatchObject({
      name: 'subset_rankings.csv',
      found: { bytes: longer.length },
    });
  });

  it('by leaving a ranking out is noticed', async () => {
    const request = await recorded();
    await writeArchive(request.archive, { 'full_rankings.csv': rankingFiles['full_rankings.csv'] });
    const { differing } = await look(request);
    expect(differing).toContainEqual(
      expect.objectContaining({
        what: 'rankings',
        name: 'subset_rankings.csv',
        found: expect.stringMatching(/^not/),
      }),
    );
  });

  it('with the numbers of the record is noticed, since they no longer agree', async () => {
    for (const [change, name] of [
      [
        (json) => (json.counts.subsetQueries = 4),
        "the subset's videos and those absent,the queries of query_subset.csv,the queries that the runtime counted",
      ],
      [(json) => (json.rankings[0].pairs = 3), 'full_rankings.csv'],
      [
        (json) => (json.counts.runtime.full_pairs = 9),
        /^the pairs that the runtime counted, full$/,
      ],
      [
        (json) => (json.counts.runtime.subset_pairs = 9),
        /^the pairs that the runtime counted, subset$/,
      ],
      [(json) => json.files.splice(6, 1), "the subset's videos and those absent"],
    ] as [(json: Json) => void, string | RegExp][]) {
      const request = await recorded();
      await edit(request, change);
      const { differing } = await look(request);
      expect(differing.map((check) => check.name).join()).toMatch(name);
    }
  });

  it('by a folder or a pipe in the place of a file is noticed, and nobody waits for it', async () => {
    const request = await recorded();
    await rm(join(request.root, 'submission/log.txt'));
    await mkdir(join(request.root, 'submission/log.txt'));
    await rm(join(request.root, 'submission/submission.zip'));
    await execa('mkfifo', [join(request.root, 'submission/submission.zip')]);
    const { differing } = await look(request);
    expect(differing.map(({ found }) => found)).toEqual([
      'no file that can be read',
      'no file that can be read',
    ]);
  });
});

describe('what is missing', () => {
  it('the record or the archive: it names the command to run', async () => {
    const request = await recorded();
    await rm(request.archive);
    const without = await verify(request, quiet).catch((error: unknown) => error);
    expect(without).toBeInstanceOf(EnvironmentError);
    expect((without as EnvironmentError).message).toBe(
      `There is no result archive at ${request.archive}.`,
    );
    expect((without as EnvironmentError).next.join()).toContain('vsc test-submission');
    await mkdir(request.archive);
    await expect(verify(request, quiet)).rejects.toThrow(`${request.archive} is a folder`);
    await rm(request.provenance);
    await expect(verify(request, quiet)).rejects.toThrow(/There is no record of a run: .*json/);
  });

  it('the archive of a run that failed: it says why that failed', async () => {
    const { project, root, recording } = await recordedProject(async () => {
      throw new SubmissionFailed('out of memory \u001b[2J.');
    });
    await recording.catch(() => {});
    const request = { root, archive: project.archive, provenance: project.provenance };
    await expect(verify(request, quiet)).rejects.toThrow(
      /no result archive at .*The recorded run failed: out of memory \\x1b\[2J\./,
    );
    await writeArchive(project.archive);
    expect((await look(request)).differing).toEqual([
      {
        what: 'result_archive',
        name: 'submission.tar.gz',
        state: 'differs',
        expected: 'none: the recorded run failed',
        found: 'one of another run',
      },
    ]);
  });
});

describe('a record that is not well-formed', () => {
  it.each([
    ['it is no JSON', '{'],
    ['it is no JSON', '\u001b[2J'],
    ['it is no JSON', ''],
    ['Invalid type', 'null'],
    ['format', '[]'],
    ['format', '{"version": 1}'],
    ['Invalid type', '"text"'],
  ])('%s: %j', async (why, text) => {
    const request = await recorded();
    await writeFile(request.provenance, text);
    const error = await verify(request, quiet).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SubmissionFailed);
    expect((error as Error).message).toContain('is no record of a run: ');
    expect((error as Error).message).toContain(why);
    expect((error as Error).message).not.toContain('\u001b');
  });

  it.each([
    ['/etc/passwd', 'is no path inside a folder'],
    ['../../etc/passwd', 'is no path inside a folder'],
    ['data/../../x', 'is no path inside a folder'],
    ['data/./x', 'is no path inside a folder'],
    ['data//x', 'is no path inside a folder'],
    ['', 'no path should have'],
    ['data/\u001b[2J', 'no path should have'],
    ['data/\u202ecsv.exe', 'no path should have'],
    ['data\\x', 'no path should have'],
    [7, 'files.0.path'],
  ])('a path %j', async (path, why) => {
    const request = await recorded();
    await edit(request, (json) => {
      json.files[0].path = path;
    });
    await expect(verify(request, quiet)).rejects.toThrow(why);
  });

  it.each([
    ['a digest that is none', (json) => (json.files[0].sha256 = 'A'.repeat(64)), 'files.0.sha256'],
    ['a size below zero', (json) => (json.files[0].bytes = -1), 'files.0.bytes'],
    ['an unknown role', (json) => (json.files[0].role = 'friend'), 'files.0.role'],
    ['no zip', (json) => json.files.shift(), 'is missing'],
    ['no archive', (json) => json.files.pop(), 'has a result_archive'],
    ['a role twice', (json) => (json.files[1].role = 'submission'), 'one role is there twice'],
    [
      'a path twice',
      (json) => json.files.push(json.files[4]),
      'run: files: one path is there twice',
    ],
    ['an end before the start', (json) => (json.times.finished = '1999-01-01T00:00:00Z'), 'times'],
    ['a reason without a failure', (json) => (json.failure = 'why?'), 'failure'],
  ] as [string, (json: Json) => void, string][])('%s', async (_, change, why) => {
    const request = await recorded();
    await edit(request, change);
    await expect(verify(request, quiet)).rejects.toThrow(SubmissionFailed);
    await expect(verify(request, quiet)).rejects.toThrow(why);
  });

  it('a later version: it asks for a newer vsc', async () => {
    const request = await recorded();
    await edit(request, (json) => {
      json.version = 2;
    });
    await expect(verify(request, quiet)).rejects.toThrow(EnvironmentError);
    await expect(verify(request, quiet)).rejects.toThrow(/has version 2; this vsc knows 1/);
  });
});
