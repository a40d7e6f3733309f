// What action.yml does between setting up Node and uploading: brings vsc and the image, packs, rehearses, writes
// the job's summary, and ends with vsc's exit code.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { summaryOf } from './summary.mjs';

const input = (name) => process.env[`VSC_${name}`]?.trim() ?? '';

const folder = resolve(input('FOLDER') || '.');
const submission = join(folder, 'submission');
const started = Date.now();

/** What vsc is told by variables; no network in the container unless the workflow sets another. */
const env = {
  BLOCK_INTERNET: 'true',
  ...process.env,
  ...(input('DATASET') && { DATASET: input('DATASET') }),
};

/** The last of what was printed, for where there is no report. */
let lastLines = [];

/** Runs a program, shows what it prints, and gives its exit code with what came to stdout. */
function run(command, words, { isShown = true } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    const take = (sink) => (chunk) => {
      if (sink === process.stdout) stdout += chunk;
      if (!isShown) return;
      sink.write(chunk);
      lastLines = [...lastLines, ...`${chunk}`.split('\n').filter(Boolean)].slice(-20);
    };
    child.stdout.setEncoding('utf8').on('data', take(process.stdout));
    child.stderr.setEncoding('utf8').on('data', take(process.stderr));
    child
      .on('error', fail)
      .on('close', (code, signal) => done({ code: signal ? 130 : code, stdout }));
  });
}

/** The folder of the vsc that is asked for: of npm, or this one, bundled where that wasn't done yet. */
async function bringVsc(version) {
  const own = fileURLToPath(new URL('../..', import.meta.url));
  const place = version ? join(process.env.RUNNER_TEMP ?? folder, 'vsc') : own;
  const words = version
    ? ['install', '--prefix', place, `vsc-runtime@${version}`]
    : ['ci', '--omit=dev', '--prefix', place];
  const main = version ? 'node_modules/vsc-runtime/dist/main.js' : 'dist/main.js';
  if (version || !existsSync(join(place, main))) {
    const { code } = await run('npm', [...words, '--no-audit', '--no-fund']);
    if (code !== 0) return { code: 3 };
  }
  return { code: 0, main: join(place, main) };
}

/** The commands before the rehearsal, and it. */
function plan() {
  const image = input('IMAGE') || 'slim';
  const images = { slim: ['build', '--slim'], official: ['pull'] };
  if (!images[image]) env.SUBMISSION_IMAGE = image;
  const words = input('ARGUMENTS').match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return [
    ...(images[image] ? [images[image]] : []),
    ...(existsSync(join(submission, 'submission.zip')) ? [] : [['pack-submission']]),
    ['test-submission', ...words.map((word) => word.replace(/^(['"])(.*)\1$/, '$2'))],
  ];
}

/** The report that this run has written; an earlier one may lie there. */
function freshReport() {
  const path = join(submission, 'report.json');
  if (!existsSync(path) || statSync(path).mtimeMs < started) return undefined;
  return JSON.parse(readFileSync(path, 'utf8'));
}

const tell = (file, text) => file && appendFileSync(file, text);

const { code: broughtCode, main } = await bringVsc(input('VERSION'));
let exitCode = broughtCode;
for (const words of main ? plan() : []) {
  ({ code: exitCode } = await run(process.execPath, [main, ...words]));
  if (exitCode !== 0) break;
}
const report = freshReport();
const checked =
  report === undefined && exitCode === 4
    ? JSON.parse(
        (await run(process.execPath, [main, 'validate', '--json'], { isShown: false })).stdout,
      )
    : undefined;
const score =
  report?.score?.full.microAveragePrecision ?? report?.matchScore?.full.segmentAveragePrecision;
tell(
  process.env.GITHUB_STEP_SUMMARY,
  summaryOf({ exitCode, report, findings: checked?.findings ?? [], lastLines }),
);
tell(process.env.GITHUB_OUTPUT, `exit-code=${exitCode}\nscore=${score ?? ''}\n`);
process.exitCode = exitCode;
