import { SubmissionFailed } from '../errors.ts';
import { formatCount } from '../progress/format.ts';
import type { Digest } from './digests.ts';
import { printable } from './file.ts';
import type { Check, Verification, VerifyRequest } from './verify.ts';

/** What was submitted is not what the record says. */
export class VerificationFailed extends SubmissionFailed {}

const marks = { same: '✓', differs: '✗', absent: '–' } as const;

/** What was found out, a line for each check; videos and counts that are right share one. */
export function verificationLines({ provenance, checks }: Verification): string[] {
  const { outcome, times, run } = provenance;
  const together = ({ what, state }: Check) =>
    state !== 'differs' && (what === 'video' || what === 'counts');
  return [
    `Run ${printable(run)} of ${times.started}, which ${outcome}`,
    ...checks.filter((check) => !together(check)).flatMap(checkLines),
    ...sharedLine('same', 'video', 'videos', checks),
    ...sharedLine('absent', 'video', 'videos, not here: not checked', checks),
    ...sharedLine('same', 'counts', 'counts that agree', checks),
    sumOf(checks),
  ];
}

/** The failure where anything differs. */
export function differenceIn(
  { archive, provenance }: VerifyRequest,
  { checks }: Verification,
): VerificationFailed | undefined {
  const differing = checks.filter(({ state }) => state === 'differs');
  const [first] = differing;
  if (first === undefined) return undefined;
  const others = differing.length === 1 ? '' : ` and ${formatCount(differing.length - 1)} more`;
  return new VerificationFailed(
    `Not as recorded: ${first.name}${others} (${archive}, against ${provenance}).`,
    ['vsc test-submission    runs the submission again and leaves a new record'],
  );
}

function checkLines({ what, name, state, expected, found }: Check): string[] {
  const label = { rankings: `${name} in the archive`, counts: `count: ${name}` }[what] ?? name;
  const about = state === 'absent' ? ' is not here: not checked' : '';
  const line = `  ${marks[state]} ${label}${about}`;
  if (state !== 'differs') return [line];
  return [line, `      expected ${tell(expected)}`, `      found    ${tell(found)}`];
}

function sharedLine(
  state: 'same' | 'absent',
  what: string,
  words: string,
  checks: readonly Check[],
): string[] {
  const count = checks.filter((check) => check.what === what && check.state === state).length;
  return count === 0 ? [] : [`  ${marks[state]} ${formatCount(count)} ${words}`];
}

function sumOf(checks: readonly Check[]): string {
  const count = (wanted: Check['state']) => checks.filter(({ state }) => state === wanted).length;
  const [same, differs, absent] = [count('same'), count('differs'), count('absent')];
  const verdict =
    differs === 0
      ? `All that was checked is as recorded: ${formatCount(same)} of ${formatCount(checks.length)}.`
      : `${formatCount(differs)} of ${formatCount(checks.length)} differ.`;
  const rest = absent === 0 ? '' : ` Not checked, since not here: ${formatCount(absent)}.`;
  return `${verdict}${rest}`;
}

function tell(what: Digest | string | undefined): string {
  if (what === undefined) return 'nothing';
  if (typeof what === 'string') return what;
  return `${formatCount(what.bytes)} bytes, SHA-256 ${what.sha256}`;
}
