import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runMain } from '../../src/cli/run-main.ts';
import type { World } from '../../src/cli/world.ts';
import { folderWith } from '../support/folder.ts';
import { oddities, placeOddity } from '../support/oddities.ts';
import { testWorld } from '../support/world.ts';

const run = async (line: string, change: Partial<World> = {}) => {
  const { world, stdout, stderr } = testWorld(line.split(' ').filter(Boolean), change);
  const exitCode = await runMain(world);
  return { exitCode, stdout: stdout(), stderr: stderr() };
};

/** A world whose engine is nowhere. */
const withoutEngine = (cwd: string) => ({
  cwd,
  packageRoot: process.cwd(),
  env: { DOCKER_HOST: `unix://${join(cwd, 'none.sock')}` },
});

describe('exit codes and what is said', () => {
  it('0 for help and the version, on stdout', async () => {
    expect(await run('--version')).toEqual({ exitCode: 0, stdout: '1.2.3\n', stderr: '' });
    const help = await run('test-submission --help');
    expect(help.exitCode).toBe(0);
    expect(help.stdout).toContain('BLOCK_INTERNET=true');
    expect(help.stdout).toContain('--directory');
  });

  it.each(['build --no-such-flag', 'build surplus', 'data-subset --dataset'])(
    '2 for "vsc %s"',
    async (line) => {
      const { exitCode, stderr } = await run(line);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('error:');
    },
  );

  it('2 for a setting out of range, and names it', async () => {
    const { exitCode, stderr } = await run('test-submission', { env: { CPU_OR_GPU: 'banana' } });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'CPU_OR_GPU is "banana".\n  Allowed: cpu, gpu.\n',
    });
  });

  it("2 for the project's settings, and names the file; what -C names is the project", async () => {
    const other = await folderWith({ 'vsc.env': 'PHASE2=true\nDATASET=banana\n' });
    const cwd = await folderWith({ 'vsc.env': 'DATSET=test\n' });
    expect(await run('test-submission', { cwd })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `${cwd}/vsc.env is not right:
  line 1: there is no setting "DATSET". Did you mean DATASET?
  A line of it sets one of these, as NAME=value: TRACK, CPU_OR_GPU, SKIP_GPU, BLOCK_INTERNET, DATASET, SUBSET_PROPORTION, SUBMISSION_IMAGE, REGISTRY_IMAGE, PHASE2, GITHUB_ACTIONS_NO_TTY.\n`,
    });
    expect(await run(`-C ${other} test-submission`, { cwd })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `${other}/vsc.env, line 2: DATASET is "banana".\n  Allowed: train, test, phase2.\n`,
    });
    expect((await run('clean', { cwd })).exitCode).toBe(0);
  });

  it.each(oddities)('3 for %s in the place of the settings', async (what) => {
    const cwd = await folderWith();
    await placeOddity(what, join(cwd, 'vsc.env'));
    const { exitCode, stderr } = await run('validate', { cwd });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr: `${cwd}/vsc.env is ${what}, where a file should be.\n  Move it away.\n`,
    });
  });

  it('2 for an archive beside --rankings', async () => {
    const { exitCode, stderr } = await run('score a.tar.gz --rankings r.csv');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('contradict each other');
  });

  it('3 without a zip, and names the pack commands', async () => {
    const { exitCode, stderr } = await run('test-submission', { cwd: await folderWith() });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/no submission at .*vsc pack-quickstart.*vsc pack-submission/s);
  });

  it('3 for a zip whose name is in other letters, and names it', async () => {
    const cwd = await folderWith({ 'submission/Submission.zip': '' });
    const { exitCode, stderr } = await run('test-submission', { cwd });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('\n  There is Submission.zip: rename it to submission.zip.\n');
  });

  it('3 without an engine, and says where it looked', async () => {
    const world = withoutEngine(await folderWith());
    const { exitCode, stderr } = await run('build --slim', world);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`No container engine at ${world.env.DOCKER_HOST} (DOCKER_HOST).`);
    expect(stderr).toContain('Start Docker');
  });

  it('prints the settings even without an engine', async () => {
    const { exitCode, stdout } = await run('', withoutEngine(await folderWith()));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/SUBSET_PROPORTION +0\.01 +default/);
    expect(stdout).toContain('No container engine at');
  });

  it("names the project's file as the source of a setting", async () => {
    const cwd = await folderWith({ 'vsc.env': 'DATASET=test\nSUBMISSION_IMAGE=mine:1\n' });
    const world = withoutEngine(cwd);
    expect((await run('', world)).stdout).toMatch(/DATASET +test +vsc\.env\n/);
    const { settings } = JSON.parse((await run('--json', world)).stdout);
    expect(settings).toContainEqual({ name: 'DATASET', value: 'test', source: 'vsc.env' });
    expect(settings).toContainEqual({
      name: 'SUBMISSION_IMAGE',
      value: 'mine:1',
      source: 'vsc.env',
    });
    const env = { ...world.env, DATASET: 'phase2' };
    expect((await run('', { ...world, env })).stdout).toMatch(/DATASET +phase2 +DATASET\n/);
  });

  it.each([
    ['GITHUB_ACTIONS_NO_TTY=true', {}, false],
    ['GITHUB_ACTIONS_NO_TTY=true', { GITHUB_ACTIONS_NO_TTY: 'false' }, true],
    ['GITHUB_ACTIONS_NO_TTY=false', {}, true],
    ['', {}, true],
  ])('colours a terminal or not as vsc.env says: %j, %j', async (line, env, coloured) => {
    const cwd = await folderWith({ 'vsc.env': line });
    const { world, stderr } = testWorld(['score'], { cwd, env });
    Object.assign(world.stdout, { isTTY: true });
    Object.assign(world.stderr, { isTTY: true });
    expect(await runMain(world)).toBe(3);
    expect(stderr()).toContain('There is no ground truth');
    expect(stderr().includes('\u001b[31m')).toBe(coloured);
  });

  it('70 for a bug, with its stack', async () => {
    const { exitCode, stderr } = await run('clean', { cwd: undefined as unknown as string });
    expect(exitCode).toBe(70);
    expect(stderr).toMatch(/This is a bug in vsc[\s\S]*TypeError[\s\S]*at /);
  });
});

describe('in an empty folder', () => {
  it.each([
    ['', 0],
    ['data-subset', 3],
    ['pack-quickstart', 3],
    ['pack-submission', 3],
    ['test-submission', 3],
    ['doctor', 3],
  ])('"vsc %s" names vsc init, in a project not', async (line, code) => {
    const cwd = await folderWith();
    const { exitCode, stdout, stderr } = await run(line, withoutEngine(cwd));
    expect(exitCode).toBe(code);
    expect(stdout + stderr).toMatch(/: vsc init\n/);
    expect((await run('init', withoutEngine(cwd))).exitCode).toBe(0);
    const after = await run(line, withoutEngine(cwd));
    expect(after.stdout + after.stderr).not.toContain(': vsc init');
  });

  it.each(['validate', 'score', 'verify', 'report', 'describe', 'batch x'])(
    '"vsc %s" says first that another may be meant, in a project not',
    async (line) => {
      const cwd = await folderWith();
      const hint = `There is nothing of a project in ${cwd}. If another is meant: vsc -C DIR\n`;
      const { exitCode, stderr } = await run(line, withoutEngine(cwd));
      expect(exitCode).toBe(3);
      expect(stderr.split('\n  ')[1]).toBe(hint.trimEnd());
      expect(stderr.match(/: vsc init$/gm)).toHaveLength(1);
      await run('init', withoutEngine(cwd));
      const after = await run(line, withoutEngine(cwd));
      expect(after.stderr).not.toContain('There is nothing of a project');
    },
  );

  it('a folder that is not there is told as that', async () => {
    const cwd = join(await folderWith(), 'typo');
    const { stderr } = await run(`-C ${cwd} test-submission`);
    expect(stderr).toContain(`There is no folder ${cwd}. If another is meant: vsc -C DIR\n`);
  });

  it('what has nothing to do with the folder is told without it', async () => {
    const cwd = await folderWith();
    const { stderr } = await run('build --slim', withoutEngine(cwd));
    expect(stderr).toContain('No container engine');
    expect(stderr).not.toMatch(/vsc -C DIR|vsc init/);
  });

  it('bare vsc begins with the way to a first run, and ends with its first step', async () => {
    const cwd = await folderWith();
    const { stdout } = await run('', withoutEngine(cwd));
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe(`There is no project in ${cwd} yet. If yours is elsewhere: vsc -C DIR`);
    expect(lines.slice(2, 8).map((line) => line.trim().split(/ {2,}/)[0])).toEqual([
      'vsc init',
      'vsc build --slim',
      'vsc sample-data',
      'vsc data-subset',
      'vsc pack-quickstart',
      'vsc test-submission',
    ]);
    expect(lines.at(-1)).toBe('To begin: vsc init');
  });

  it('vsc init tells what it made, what it kept, and what comes next', async () => {
    const cwd = await folderWith({ '.gitignore': '' });
    const world = withoutEngine(cwd);
    const { exitCode, stdout, stderr } = await run('init --dataset test', world);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      cwd,
      expect.stringMatching(/^ {2}made {2}competition_data\/README\.md {2,}what you downloaded/),
      expect.stringMatching(/^ {2}made {2}data\/README\.md /),
      expect.stringMatching(/^ {2}made {2}submission_src\/main\.py /),
      expect.stringMatching(/^ {2}made {2}submission_quickstart\/main\.py /),
      expect.stringMatching(/^ {2}made {2}submission\/README\.md /),
      expect.stringMatching(/^ {2}kept {2}\.gitignore /),
      expect.stringMatching(/^ {2}made {2}vsc\.env /),
      'Next',
      `  Put what you downloaded into ${cwd}/competition_data/test, or a symlink to it.`,
      '  vsc sample-data   makes a small one, for a first try',
      '  vsc data-subset',
      '',
    ]);
    expect((await run('', world)).stdout).toMatch(/DATASET +test +vsc\.env\n/);
    expect((await run('doctor', world)).stdout).toContain(`${cwd}; vsc.env sets DATASET=test\n`);
  });

  it('vsc init --json prints one object, with absolute paths', async () => {
    const cwd = await folderWith({ 'submission_src/main.py': '' });
    const { stdout } = await run('init --json --dry-run --ci', withoutEngine(cwd));
    const { made, kept, next, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({
      ...{ version: 1, command: 'init', ok: true, project: cwd, dataset: 'train', dryRun: true },
    });
    expect(made).toContain(join(cwd, '.github/workflows/rehearsal.yml'));
    expect(kept).toEqual([join(cwd, 'submission_src/main.py')]);
    expect(next.at(-1)).toBe('vsc data-subset');
  });

  it('vsc init warns where the settings that stay name another dataset', async () => {
    const cwd = await folderWith({ 'vsc.env': 'DATASET=test' });
    const { exitCode, stderr } = await run('init --dataset phase2', withoutEngine(cwd));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `warning: ${cwd}/vsc.env stays as it is, and the dataset test: to change that, write DATASET=phase2 there.\n`,
    });
    expect((await run('init', withoutEngine(cwd))).stderr).toBe('');
  });

  it('vsc init ends with 3 where a file is in the place of a folder', async () => {
    const cwd = await folderWith({ data: '' });
    expect(await run('init', withoutEngine(cwd))).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: `${cwd}/data is a file, where a folder should be.\n  Move it away.\n`,
    });
  });
});

const packs = 'pack-quickstart, pack-submission or pack-benchmark';

describe('a mistyped command line', () => {
  it.each([
    ['tset', 'Did you mean test-submission or test-container?'],
    ['tset-submission', 'Unknown command "tset-submission". Did you mean test-submission?'],
    ['tset-submission --block-internet', 'Did you mean test-submission?'],
    ['-C /other socre a.tar.gz', 'Unknown command "socre". Did you mean score?'],
    ['Build', 'Unknown command "Build". Did you mean build?'],
    ['test_submission', 'Unknown command "test_submission". Did you mean test-submission?'],
    ['pack', `Unknown command "pack". Did you mean ${packs}?`],
    ['container', 'Did you mean test-container or interact-container?'],
    ['doctr --help', 'Unknown command "doctr". Did you mean doctor?'],
    ['help doctr', 'Unknown command "doctr". Did you mean doctor?'],
    ['frobnicate', 'Unknown command "frobnicate".\n  See all commands: vsc help\n'],
    ['test-submission --block-internt', "'--block-internt'\n  Did you mean --block-internet?\n"],
    ['build --dryrun', "unknown option '--dryrun'\n  Did you mean --dry-run?\n"],
    ['--jsno', "unknown option '--jsno'\n  Did you mean --json?\n"],
    ['--jsno build', "unknown option '--jsno'\n  Did you mean --json?\n"],
  ])('vsc %s', async (line, said) => {
    const { exitCode, stdout, stderr } = await run(line);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining(said),
    });
  });

  it.each([
    ['tset-submission --json', 'vsc', 'Unknown command "tset-submission". Did you mean test'],
    ['--json --jsno', 'vsc', "unknown option '--jsno'"],
    ['build --slmi --json', 'build', "unknown option '--slmi'"],
    ['build surplus --json', 'build', 'too many arguments'],
  ])('vsc %s prints one object', async (line, command, message) => {
    const { exitCode, stdout } = await run(line);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      command,
      ok: false,
      error: { name: 'UsageError', message: expect.stringContaining(message) },
    });
  });

  it('is none where help is asked for', async () => {
    const { exitCode, stdout, stderr } = await run('help build');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('Usage: vsc build');
    expect((await run('help')).stdout).toMatch(/^ {2}help +show a command's page$/m);
  });
});

describe('doctor', () => {
  it('tells every check, aligned, and exits with 3 if one fails', async () => {
    const { exitCode, stdout, stderr } = await run('doctor', withoutEngine(await folderWith()));
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^ok {3}node {14}v\d+/);
    expect(stdout).toMatch(/^FAIL engine {12}No container engine at .*\n +-> Start Docker/m);
    expect(stdout).toMatch(/^ok {3}submission {8}.*can be made$/m);
    expect(stderr).toBe('3 checks failed: engine, competition-data, data.\n');
  });

  it('prints one object, results and error together', async () => {
    const world = withoutEngine(await folderWith());
    const { exitCode, stdout } = await run('doctor --json', world);
    expect(exitCode).toBe(3);
    const { version, command, ok, checks, error } = JSON.parse(stdout);
    expect({ version, command, ok }).toEqual({ version: 1, command: 'doctor', ok: false });
    expect(error.message).toContain('engine');
    expect(checks.map(({ name }: { name: string }) => name)).toContain('image-disk');
    expect(checks[0]).toEqual({
      name: 'node',
      status: 'ok',
      detail: process.version,
      remedies: [],
    });
  });
});

describe('--json', () => {
  it('prints one object, with the command and its result', async () => {
    const { stdout, exitCode } = await run('clean --json', {
      cwd: await folderWith({ 'runtime/a.pyc': '123' }),
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      command: 'clean',
      ok: true,
      paths: ['runtime/a.pyc'],
      bytes: 3,
      dryRun: false,
    });
  });

  it('prints one object for an error too', async () => {
    const { stdout, exitCode } = await run('--json pack-submission', { cwd: await folderWith() });
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      command: 'pack-submission',
      ok: false,
      error: { name: 'EnvironmentError', message: expect.stringContaining('submission_src') },
    });
  });
});

describe('a hostile name', () => {
  const name = '\u001b[2J\u202e\u009bx\n::add-mask::y ##[add-mask]z';
  const shown = '\\x1b[2J\\u202e\\x9bx\\n::add-mask::y ##[add-mask]z';
  const inCi = '\\x1b[2J\\u202e\\x9bx\\n::add-mask::y ##\\x5badd-mask]z';
  const project = async () => {
    const cwd = await folderWith({
      [`submission_src/${name}.txt`]: '1',
      [`submission_src/${name}.pyc`]: '1',
      'submission_src/::cut.txt': '1',
    });
    return { cwd, env: {} };
  };

  it.each(['clean --dry-run', 'pack-submission --dry-run'])(
    'in what "vsc %s" prints is visible and on one line',
    async (line) => {
      const { stdout } = await run(line, await project());
      expect(stdout).toContain(shown);
      expect(stdout).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    },
  );

  it.each([
    ['CI', 'true'],
    ['GITHUB_ACTIONS', 'true'],
    ['TF_BUILD', 'True'],
  ])('is no command where %s is %s', async (variable, value) => {
    const { cwd } = await project();
    const { stdout } = await run('clean --dry-run', { cwd, env: { [variable]: value } });
    expect(stdout).toContain(inCi);
  });

  it.each([
    ['on the command line', `score --dataset ${name.replaceAll(' ', '')}`],
    ['of a command', name.replaceAll(' ', '')],
    ['of an option', `--${name.replaceAll(' ', '')}`],
    ['of a file', `score --ground-truth ${name.replaceAll(' ', '')}`],
  ])('%s is visible in the error', async (_, line) => {
    const { exitCode, stdout, stderr } = await run(line, { cwd: await folderWith() });
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toContain('\\x1b[2J\\u202e\\x9bx');
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });

  it('is the same in the parsed result, and escaped in its text', async () => {
    const { stdout } = await run('clean --dry-run --json', await project());
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|##/u);
    expect(JSON.parse(stdout).paths).toEqual([`submission_src/${name}.pyc`]);
  });
});
