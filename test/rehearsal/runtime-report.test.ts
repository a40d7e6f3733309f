import { expect, it } from 'vitest';
import { parseRuntimeReport } from '../../src/rehearsal/runtime-report.ts';

const report = (change: object) =>
  parseRuntimeReport(JSON.stringify({ version: 1, stages: [], counts: {}, ...change }));

it('reads the times, the counts and the failure', () => {
  const failure = { stage: 'main', kind: 'main-failed', message: 'main.py exited with code 2' };
  expect(
    report({
      stages: [{ name: 'validate_full', seconds: 0.5 }],
      counts: { full_pairs: 3 },
      main: { exit_code: 2 },
      failure,
    }),
  ).toEqual({
    stages: [{ name: 'validate_full', seconds: 0.5 }],
    counts: { full_pairs: 3 },
    mainExitCode: 2,
    failure,
  });
});

it.each([
  ['stages of another kind', { stages: [{ name: '\u001b]0;x', seconds: 1 }, { name: 'main' }, 7] }],
  ['times that are none', { stages: [{ name: 'main', seconds: -1 }] }],
  ['times longer than the world', { stages: [{ name: 'main', seconds: 1e300 }] }],
  ['counts beyond counting', { counts: { full_pairs: 2 ** 60 }, peak_memory_bytes: 1e300 }],
  ['counts under other names', { counts: { 'a\nb': 1, FORGED: 2 } }],
  ['text where an object belongs', { counts: 'x', main: 'y', failure: 'z' }],
])('leaves out %s', (_, change) => expect(report(change)).toEqual({ stages: [], counts: {} }));

it('has no more stages than an image has', () => {
  const stages = Array.from({ length: 1000 }, () => ({ name: 'main', seconds: 1 }));
  expect(report({ stages })?.stages).toHaveLength(40);
});

it('makes one harmless line of what a failure says, and nothing of what is no text', () => {
  const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
  const message = JSON.stringify('a\u001b[2J\nb\u009b');
  const failure = `{"stage": {"toString": 1}, "kind": ${deep}, "message": ${message}}`;
  const text = `{"version": 1, "stages": [], "counts": {}, "failure": ${failure}}`;
  expect(parseRuntimeReport(text)?.failure).toEqual({
    stage: '',
    kind: '',
    message: 'a\\x1b[2J\\nb\\x9b',
  });
});

it.each(['', '[]', '{"version":2,"stages":[]}', '{"version":1}', 'null'])('is none: %s', (text) =>
  expect(parseRuntimeReport(text)).toBeUndefined(),
);
