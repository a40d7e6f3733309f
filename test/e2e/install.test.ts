import { cp, mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatBytes } from '../../src/progress/format.ts';
import { ids } from '../support/cli.ts';
import { folderWith, keptFolderWith } from '../support/folder.ts';

/** What a clone holds of a package that can be bundled and packed. */
const cloned = [
  ...['package.json', 'package-lock.json', 'src', 'scripts', 'runtime', 'docs', 'README.md'],
  ...['LICENSE', 'CHANGELOG.md', 'submission_src', 'submission_quickstart', 'submission_benchmark'],
  'matching',
];

/** The environment of a user's shell, where `npm test` has left none of its own settings. */
const shell = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(package|lifecycle|config_(local|global)_prefix|config_prefix)|INIT_CWD)/.test(name),
  ),
);

/** Runs npm in a folder; what is global goes below `prefix`, never to the user's own programs. */
async function npm(folder: string, prefix: string, ...args: string[]): Promise<string> {
  const env = { ...shell, npm_config_prefix: prefix };
  const { stdout } = await execa('npm', [...args, '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: folder,
    env,
    extendEnv: false,
  });
  return stdout;
}

/** The folders of this test: a clone of the package, and what is installed from it. */
let home: string;
/** How each way to install it is called. */
const vsc: Record<string, string[]> = {};
let packed: { filename: string; size: number; unpackedSize: number; files: { path: string }[] };

beforeAll(async () => {
  home = await realpath(await keptFolderWith());
  const clone = join(home, 'clone');
  for (const name of cloned) {
    await cp(name, join(clone, name), {
      recursive: true,
      filter: (path) => !/node_modules|__pycache__|_descriptors\.npz$/.test(path),
    }).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  const prefix = (name: string) => join(home, name);
  await npm(clone, prefix('unused'), 'ci', '--omit=dev');
  vsc['npm ci --omit=dev'] = ['node', join(clone, 'dist/main.js')];
  [packed] = JSON.parse(await npm(clone, prefix('unused'), 'pack', '--json', '--silent'));
  await npm(home, prefix('packed'), 'install', '--global', join(clone, packed.filename));
  vsc['npm pack, npm install -g'] = [join(prefix('packed'), 'bin/vsc')];
  await npm(clone, prefix('linked'), 'link');
  vsc['npm link'] = [join(prefix('linked'), 'bin/vsc')];
});

afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 3 }));

/** A user's folder with a download of `train` in it, and nothing else. */
async function userFolder(): Promise<string> {
  const [queries, references] = [ids('Q', 20), ids('R', 30)];
  const metadata = (videos: string[]) =>
    `video_id,duration_sec,frames_per_sec,width,height,rn\n${videos.map((id) => `${id},12.5,29.97,640,360,1\n`).join('')}`;
  const folder = 'competition_data/train';
  return folderWith({
    [`${folder}/train_query_metadata.csv`]: metadata(queries),
    [`${folder}/train_reference_metadata.csv`]: metadata(references),
    [`${folder}/train_descriptor_ground_truth.csv`]: `query_id,ref_id\n${queries[3]},${references[5]}\n`,
    ...Object.fromEntries(queries.map((id) => [`${folder}/query/${id}.mp4`, ''])),
  });
}

/** Runs an installed `vsc` in a folder, as a user types it. */
async function run(way: string, folder: string, line: string, env: Record<string, string> = {}) {
  const [command = '', ...before] = vsc[way] ?? [];
  const { exitCode, stdout, stderr } = await execa(
    command,
    [...before, ...line.split(' ')].filter(Boolean),
    {
      cwd: folder,
      env: { ...shell, ...env },
      extendEnv: false,
      reject: false,
    },
  );
  return { exitCode, stdout, stderr };
}

describe.each(['npm ci --omit=dev', 'npm pack, npm install -g', 'npm link'])('after %s', (way) => {
  it('makes a project of an empty folder', async () => {
    const folder = await folderWith();
    expect((await run(way, folder, '')).stdout).toMatch(/: vsc init$/);
    const { exitCode, stdout } = await run(way, folder, 'init --dataset test');
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^ {2}vsc data-subset$/m),
    });
    for (const name of ['submission_src/main.py', 'submission_quickstart/main.py']) {
      expect(await readFile(join(folder, name), 'utf8')).toBe(await readFile(name, 'utf8'));
    }
    expect((await run(way, folder, '')).stdout).toMatch(/DATASET +test +vsc\.env/);
  });

  it("takes a user's folder to a submission that is ready to run", async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    const folder = await userFolder();
    expect(await run(way, folder, '--version')).toMatchObject({ exitCode: 0, stdout: version });
    expect((await run(way, folder, '')).stdout).toContain('slim-local');
    await writeFile(join(folder, 'vsc.env'), 'SUBSET_PROPORTION=0.2\n');
    for (const line of [
      'init',
      'data-subset',
      'pack-quickstart',
      'validate',
      'test-submission --dry-run',
    ]) {
      const { exitCode, stderr } = await run(way, folder, line);
      expect({ line, exitCode, stderr }).toMatchObject({ exitCode: 0 });
    }
    const built = await run(way, folder, 'build --slim --dry-run');
    expect(built.stdout).toContain('Would build meta-vsc-descriptor-runtime:slim-local');
  });
});

describe('the packed vsc', () => {
  it('holds what it needs once: no dependencies, no maps, nothing compiled, no descriptors', async () => {
    const installed = join(home, 'packed/lib/node_modules/vsc-runtime');
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    expect(manifest.dependencies).toBeUndefined();
    await expect(readdir(join(installed, 'node_modules'))).rejects.toThrow('ENOENT');
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'dist/main.js',
        'dist/vsc.1',
        'dist/THIRD-PARTY-NOTICES.txt',
        'docs/data.md',
        'runtime/Dockerfile.slim',
        'submission_benchmark/background.npz',
        ...['quickstart', 'src', 'benchmark'].map((name) => `matching/submission_${name}/main.py`),
        'LICENSE',
      ]),
    );
    expect(
      paths.filter((path) =>
        /\.map$|\.cache$|meta\.json|\.ts$|\.pyc$|_descriptors\.npz$/.test(path),
      ),
    ).toEqual([]);
    process.stdout.write(
      `The tarball of ${formatBytes(packed.size)} holds ${paths.length} files, ${formatBytes(packed.unpackedSize)}.\n`,
    );
    expect(packed.size).toBeLessThan(1e6);
    expect(packed.unpackedSize).toBeLessThan(3e6);
  });

  it('may be published for everyone, and brings its manual page', async () => {
    const manifest = JSON.parse(await readFile('package.json', 'utf8'));
    expect(manifest.private).toBeUndefined();
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
    // As man finds it, beside the folder of programs that is on the PATH.
    const env = { ...shell, PATH: `${join(home, 'packed/bin')}:${shell.PATH}` };
    const { stdout } = await execa('man', ['vsc'], { env, extendEnv: false });
    expect(stdout).toMatch(/^VSC\(1\)[\s\S]*\n {3}vsc test-submission\n/);
  });

  it('takes an empty folder from sample data to a report, without the repository', async () => {
    const folder = await folderWith();
    for (const [line, words] of [
      ['init', 'vsc sample-data'],
      ['sample-data', 'ground truth of train'],
      ['data-subset', ''],
      ['pack-quickstart', 'SHA-256'],
      ['test-submission', 'The submission runs.'],
      ['report', 'The submission runs on train'],
      ['verify', ''],
    ] as const) {
      const env = { SUBSET_PROPORTION: '0.05', BLOCK_INTERNET: 'true' };
      const { exitCode, stdout, stderr } = await run('npm pack, npm install -g', folder, line, env);
      expect({ line, exitCode, stdout, stderr }).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(words),
      });
    }
    expect(await readdir(join(folder, 'submission'))).toEqual(
      expect.arrayContaining([
        'submission.tar.gz',
        'report.html',
        'report.json',
        'provenance.json',
      ]),
    );
    const report = await readFile(join(folder, 'submission/report.html'), 'utf8');
    expect(report).toContain('<svg class="plot');
  });
});

describe('the workflow of "vsc init --ci"', () => {
  it('rehearses what the repository holds', async () => {
    const folder = await userFolder();
    const way = 'npm pack, npm install -g';
    for (const line of ['init --ci', 'data-subset --proportion 0.2', 'pack-quickstart']) {
      expect(await run(way, folder, line)).toMatchObject({ exitCode: 0 });
    }
    await rm(join(folder, 'submission/submission.zip'));
    await cp(join(folder, 'submission_quickstart'), join(folder, 'submission_src'), {
      recursive: true,
    });
    await cp(join(home, 'clone', packed.filename), join(folder, packed.filename));
    const workflow = parse(await readFile(join(folder, '.github/workflows/rehearsal.yml'), 'utf8'));
    const steps: { run?: string; env?: Record<string, string> }[] = workflow.jobs.rehearsal.steps;
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    const [install] = steps.flatMap(({ env }) => env?.VSC_PACKAGE ?? []);
    expect(install).toContain(`'vsc-runtime@${version}'`);
    // The image is there: building it is tested elsewhere.
    const lines = steps.flatMap(({ run }) => run ?? []).filter((line) => !/build/.test(line));
    const prefix = join(home, 'in CI');
    const env = {
      ...shell,
      CI: 'true',
      npm_config_prefix: prefix,
      PATH: `${join(prefix, 'bin')}:${shell.PATH}`,
      VSC_PACKAGE: `./${packed.filename}`,
    };
    const { stdout } = await execa('bash', ['-ec', lines.join('\n')], {
      cwd: folder,
      env,
      extendEnv: false,
    });
    expect(stdout).toContain('The submission runs.');
    expect(await readdir(join(folder, 'submission'))).toEqual(
      expect.arrayContaining(['log.txt', 'report.html', 'provenance.json']),
    );
  });
});

describe('on a Node that vsc does not run on', () => {
  const main = resolve('dist/main.js');
  const sentence = (version: string) =>
    `vsc runs on Node 20 (from 20.19), 22 (from 22.12), 24 or later; this is ${version}. Install Node 24 or later: https://nodejs.org`;

  it.each(['v18.20.8', 'v20.18.3', 'v21.7.3', 'v22.11.0', 'v23.11.0'])(
    'says so: %s',
    async (version) => {
      const fake = `Object.defineProperty(process, 'version', { value: '${version}' });`;
      const folder = await folderWith({ 'fake.cjs': fake });
      const run = execa('node', ['--require', join(folder, 'fake.cjs'), main], { reject: false });
      expect(await run).toMatchObject({ exitCode: 3, stdout: '', stderr: sentence(version) });
    },
  );

  it('says so on a real one, which has no zlib.crc32', async () => {
    const old = join(home, 'old');
    await mkdir(old);
    await writeFile(join(old, 'package.json'), '{}');
    await npm(
      old,
      join(home, 'unused'),
      'install',
      '--no-save',
      `node-linux-${process.arch}@20.10.0`,
    );
    const node = join(old, `node_modules/node-linux-${process.arch}/bin/node`);
    const run = execa(node, [main, 'validate', '--json'], { reject: false });
    expect(await run).toMatchObject({ exitCode: 3, stdout: '', stderr: sentence('v20.10.0') });
  });
});
